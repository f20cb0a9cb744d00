"""Cases that go on where those of the catalogue end: what state has the peer come to? See `ways`."""
