"""Application entities: associations opened to a peer, and servers that take them."""
