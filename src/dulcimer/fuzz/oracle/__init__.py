"""Which replies the standard explains: the target as a set of possible states, and a verdict on each reply."""
