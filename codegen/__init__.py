"""`python -m codegen`: the files that are written from `spec/`."""
