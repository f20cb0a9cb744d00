"""Recorded associations: captures out, and the bytes of connections out of captures."""
