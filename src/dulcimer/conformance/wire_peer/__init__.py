"""The tester's end of a connection: raw sockets, TLS, and how much is taken in. It may send anything."""
