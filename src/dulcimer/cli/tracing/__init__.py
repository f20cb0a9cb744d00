"""Recorded associations on the command line: what is shown of them, and the forms they are written in."""
