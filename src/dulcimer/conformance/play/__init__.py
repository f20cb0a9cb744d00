"""One case against a peer: reach the state, send the stimulus, take down what is seen, there and behind it."""
