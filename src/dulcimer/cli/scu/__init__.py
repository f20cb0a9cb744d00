"""The common parts of the commands that use a service of a peer: echo, store, find, get, move."""
