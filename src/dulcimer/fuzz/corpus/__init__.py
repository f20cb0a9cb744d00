"""Sequences to begin with: our own seeds, imports from captures and other fuzzers, and a directory of them."""
