"""What went wrong between two peers: captures and traces are judged, and causes are found."""
