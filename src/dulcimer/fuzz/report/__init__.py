"""The report of a campaign: JSON, and what is made of it: one HTML page, JUnit XML, SARIF, Markdown, text."""
