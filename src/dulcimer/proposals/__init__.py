"""Proposals for an association, as objects that users fill in, and their negotiation."""
