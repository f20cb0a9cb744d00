"""Recorded associations: captures out."""
