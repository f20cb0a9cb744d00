"""The index: which attributes, how they are read from files, the database, and keeping it in step."""
