"""What the tests of fuzzing share."""
