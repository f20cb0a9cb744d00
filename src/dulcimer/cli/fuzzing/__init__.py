"""What `dulcimer fuzz` does."""
