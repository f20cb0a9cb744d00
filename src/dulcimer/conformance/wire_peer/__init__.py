"""The tester's end of a connection: raw sockets, TLS, and limits on what is read. It may send anything."""
