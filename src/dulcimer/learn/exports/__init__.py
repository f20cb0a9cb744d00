"""The machine and the bytes for other tools: diagrams, state charts, parsers, Wireshark."""
