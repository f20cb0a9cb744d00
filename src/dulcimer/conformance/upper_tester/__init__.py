"""The upper tester: a peer whose local user does what the tester says, so that every state can be held.

`protocol` says what goes between the two, `serving` is what an adapter in Python needs, `dulcimer_adapter` and
`pynetdicom_adapter` are adapters; the rest is the tester.
"""
