"""Values of attributes as text and moments, and how they match (PS3.4 C.2.2.2); pure."""
