"""Network captures: recorded associations written as pcapng, and the bytes of connections out of pcap and pcapng."""
