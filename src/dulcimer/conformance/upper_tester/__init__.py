"""The upper tester: the tester controls the local user of the peer through an adapter, so that it can hold every state.

`protocol` defines the messages between the two, `control` is the tester's end, `serving` helps to write an adapter in
Python.
"""
