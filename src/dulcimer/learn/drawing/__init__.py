"""The state machine as a picture: one geometry for all that shows it; SVG by our own code.

From the bottom: `arrows` (what an arrow stands for, and its words), `picture` (SVG), `boxes` (the room of texts),
`twin` (the same as a table).
"""
