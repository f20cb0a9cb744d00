"""A man in the middle between two peers: it watches both, judges both, and changes what the rules say."""
