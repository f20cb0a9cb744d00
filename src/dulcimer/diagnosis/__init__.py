"""What went wrong between two peers: captures and traces are judged, servers are asked what they accept, and causes are
found.
"""
