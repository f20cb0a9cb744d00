"""What exists only for programs that were written for pynetdicom: modules and names where they look for them.

The modules beside this package that have the same names, some with an underscore before them, are these modules.
Nothing else in dulcimer imports them.
"""
