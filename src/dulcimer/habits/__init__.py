"""Modules and names of pynetdicom, for programs that were written for it.

The modules of `dulcimer` with the same names, some with a leading underscore, are these modules.
Nothing else in dulcimer imports them.
"""
