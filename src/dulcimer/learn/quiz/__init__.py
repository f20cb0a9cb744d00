"""Questions about the state machine and the bytes, with their answers and clauses; made from the specification."""
