"""Bytes, PDUs and captures as text and as JSON."""
