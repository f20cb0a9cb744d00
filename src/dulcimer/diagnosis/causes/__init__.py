"""From evidence to ranked causes: pure functions; certain is only what can have no other cause."""
