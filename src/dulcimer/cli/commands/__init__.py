"""One module for each command; `main` imports the one that is asked for."""
