"""Peers that the tester starts: a command for each case, or a server that is watched."""
