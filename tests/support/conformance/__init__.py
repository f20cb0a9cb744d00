"""Runs of `dulcimer check` in a test, and the peers with planted faults that it is run against."""
