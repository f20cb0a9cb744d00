"""The parts of `dulcimer check`."""
