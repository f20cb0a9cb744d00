"""The report of a run, and its forms: text, JUnit XML, Markdown, one HTML page, captures, replays."""
