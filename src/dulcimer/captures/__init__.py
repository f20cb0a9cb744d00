"""Network captures: recorded associations written as pcapng, and the TCP connections in pcap and pcapng files.

Reading, from the bottom: `chunks` (files), `files` (frames), `segments`, `following` (events of connections while the
file is read), `collected` (whole connections), `dicom_streams` (those that speak DICOM).
"""
