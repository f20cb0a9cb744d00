"""The parts of `dulcimer serve`."""
