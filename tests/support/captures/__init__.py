"""Captures that are made for tests: link layers, associations that keep or break rules, and tshark beside the judge."""
