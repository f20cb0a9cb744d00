"""dulcimer, pynetdicom and DCMTK, measured side by side."""
