"""One case against a peer: reach the state, send the stimulus, watch, see what follows."""
