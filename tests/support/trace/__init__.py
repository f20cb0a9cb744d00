"""Traces that are made for tests."""
