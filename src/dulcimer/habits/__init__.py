"""For programs that were written for pynetdicom: modules and names where these programs look for them.

The modules of `dulcimer` with the same names, some with an underscore in front, are these modules.
Nothing else in dulcimer imports them.
"""
