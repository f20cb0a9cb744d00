"""The work of `dulcimer survey`: its options, its table, its files."""
