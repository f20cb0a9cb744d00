"""Other implementations as peers: which are on this machine, and how each is started."""
