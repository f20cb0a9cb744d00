"""Many cases against one peer: side by side, again where it is worth while, with probes between them."""
