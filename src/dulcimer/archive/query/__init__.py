"""Requests to the archive: C-FIND, retrieval, worklist, storage commitment (PS3.4)."""
