"""The cases, made by rule from the specification; one module for each kind."""
