"""Evidence: facts of associations, from captures, logs and live steps; no judgement."""
