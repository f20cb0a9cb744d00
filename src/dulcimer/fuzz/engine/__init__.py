"""Plays sequences at a target over sockets that block, one connection at a time, and records what happens.

`dulcimer.conformance.wire_peer` does this with asyncio for `check`, which plays many cases side by side and waits
most of the time. Here one connection lasts less than a millisecond, and an event loop would take longer than that.
"""
