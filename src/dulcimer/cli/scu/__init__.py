"""What the commands that use a service of a peer have in common: echo, store, find, get, move."""
