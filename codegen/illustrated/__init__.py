"""Illustrated associations: six sessions, recorded with our own recorder; each byte with its field, clause and reason.

From the bottom: `wire` (two ends in memory, with a clock of its own), `sessions` (what they do), `moments` (the
recording), `fields` (the bytes), `prose` (what is said of it), `pages` (HTML).
"""
