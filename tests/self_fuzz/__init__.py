"""Our own readers and the provider, under the operators that are made for peers: `make fuzz`.

A surface is a part of the package that takes bytes of others. It says how hostile input is made from choices, and what
must hold of any input. The tests, `make fuzz` and a coverage engine all drive the same surfaces.
"""
