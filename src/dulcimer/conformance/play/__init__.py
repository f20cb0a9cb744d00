"""One case against a peer: reach the state, send the stimulus, record the reaction and what follows it."""
