"""Small servers and clients that are broken on purpose, to see whether fuzzing finds what is wrong with them.

Each has one planted fault, of a kind that real DICOM software has had; `catalogue.py` lists them. Two are correct, for
comparison. Never run one where others can reach it: they listen on 127.0.0.1, and belong nowhere else.

They share nothing with the package: a fault of its codec must not hide here. The ones in Python import the standard
library alone, so that they start at once; those in `c/` are compiled with AddressSanitizer.
"""
