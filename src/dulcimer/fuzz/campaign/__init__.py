"""Campaigns: which cases are tried, in what order, and what is made of the conversations."""
