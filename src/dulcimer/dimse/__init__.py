"""DIMSE messages: command sets, fragments, requests matched to responses (PS3.7)."""
