"""Two real ends in memory, with the wire between them held back: what is sent arrives when the player says so."""
