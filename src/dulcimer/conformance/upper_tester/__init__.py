"""The upper tester: a peer whose local user does what the tester says, so that every state can be held.

`protocol` says what goes between the two, `control` is the tester's end, `serving` is what an adapter in Python needs.
"""
