"""What a case is, what can be seen of a peer, and the states it may be in (Table 9-10); nothing here does anything."""
