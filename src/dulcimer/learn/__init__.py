"""Learning the protocol: two ends to play with, walks, questions, and pictures of the machine."""
