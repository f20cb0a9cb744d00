"""What the tester sends: PDUs and messages by their names, right and distorted."""
