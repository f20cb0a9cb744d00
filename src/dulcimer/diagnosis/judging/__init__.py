"""Which rule of the standard did an end break? Both ends of recorded associations, followed and judged."""
