"""The index: its attributes, how they are read from files, the database, and keeping it up to date."""
