"""What requests ask of the index: C-FIND, retrieval, worklist, storage commitment (PS3.4)."""
