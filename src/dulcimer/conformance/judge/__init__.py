"""What a result means: policy, expected failures, causes, duplicates, advice."""
