"""Reference pages of the docs, written from `spec/`."""
