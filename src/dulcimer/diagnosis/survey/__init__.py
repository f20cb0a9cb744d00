"""What a server accepts, found out in as few associations as possible: `dulcimer survey`."""
