"""The archive on the network."""
