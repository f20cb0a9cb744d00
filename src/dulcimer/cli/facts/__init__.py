"""The facts that `dulcimer explain` prints."""
