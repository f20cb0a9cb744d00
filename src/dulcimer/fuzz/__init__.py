"""Operators on the bytes of PDUs, sequences over the table, oracles, campaigns, a proxy.

Its rooms import one way: `report` > `campaign` and `proxy` > `judging` > `findings` > `corpus` > `oracle` > `engine`
and `targets` > `sequences` > `operators` > `tree` > `choices`. All that is random is drawn from a
`choices.Choices`, which is handed in, so the same draws give the same bytes.
"""
