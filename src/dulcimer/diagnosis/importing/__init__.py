"""Captures become traces."""
