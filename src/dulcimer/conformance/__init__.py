"""Conformance of a peer to PS3.8 and PS3.7: cases made from the specification, a possible-state oracle, reports.

Its rooms import one way: `report` > `run` > `play` > `sender_rules` > `judge` > `catalogue` > `stimuli` > the tester's
ends (`wire_peer`, `processes`, `upper_tester`) > `model`. The tester talks through `dulcimer.wire` alone, never through
`dulcimer.fsm`: it has to be able to break rules.
"""
