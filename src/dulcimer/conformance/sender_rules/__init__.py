"""Rules for everything that a peer sends, checked in every case."""
