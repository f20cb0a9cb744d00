"""Service classes (PS3.4), as user and as provider."""
