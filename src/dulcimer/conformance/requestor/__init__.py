"""Checking a peer that requests associations: the tester is the acceptor, and starts the peer once for each case."""
