"""Bytes as a tree of groups, lists and leaves, which can be changed and is written again with the right lengths."""
