"""Attacks on our own server, measured by what other clients feel."""
