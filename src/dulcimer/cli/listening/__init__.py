"""The work of `dulcimer listen`: its lines, and its end."""
