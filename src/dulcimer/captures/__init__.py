"""Network captures: recorded associations written as pcapng, and the bytes of connections read from pcap and pcapng."""
