"""The verdict on what was seen, and what results mean: policy, expected failures, causes, duplicates, advice."""
