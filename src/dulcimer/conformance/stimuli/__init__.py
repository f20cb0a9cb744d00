"""What the tester sends: PDUs and messages by their names, correct and distorted."""
