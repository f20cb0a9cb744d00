"""Many cases against one peer: side by side, repeated where chance may decide, with probes between them."""
