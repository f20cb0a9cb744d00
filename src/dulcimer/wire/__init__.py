"""The bytes of the upper layer: schemas, model, codec, field map and receive buffer (PS3.8 9.3)."""
