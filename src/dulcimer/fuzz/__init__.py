"""Operators on the bytes of PDUs, sequences over the table, oracles.

Its rooms import one way: `findings` > `corpus` > `oracle` > `sequences` > `operators` > `tree` > `choices`. All that is
random is drawn from a `choices.Choices` that is handed in, so the same draws give the same bytes.
"""
