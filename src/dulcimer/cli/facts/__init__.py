"""What `dulcimer explain` knows."""
