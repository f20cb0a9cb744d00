"""Why something failed, what to do next, and the exit status."""
