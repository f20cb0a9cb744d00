"""What `python -m codegen` writes from `spec/` and the schemas: do not edit."""
