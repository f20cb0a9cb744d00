"""Something to point a client at: it accepts, watches and judges what the client does: `dulcimer listen`."""
