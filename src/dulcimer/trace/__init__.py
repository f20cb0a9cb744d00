"""Traces: every association as a file of JSON Lines, with its bytes and the steps of the machine.

From the bottom: `records` (what a line says), `schema` and `json_lines` (how), `masking` and `pseudonyms` (what is left
out), `writing` and `reading` (files), `as_capture` (the same events as those of a network capture).
"""
