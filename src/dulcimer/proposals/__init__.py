"""What users propose for an association, as objects that they fill in, and what becomes of it."""
