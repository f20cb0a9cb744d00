"""Labs on the command line."""
