"""Attacks on our own server, measured by their effect on other clients."""
