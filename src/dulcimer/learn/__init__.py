"""Learning the protocol: two ends to play with, walks, questions, and the machine and the bytes for other tools."""
