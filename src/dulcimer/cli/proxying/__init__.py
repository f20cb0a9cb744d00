"""The work of `dulcimer proxy`: its options, its lines, and its end."""
