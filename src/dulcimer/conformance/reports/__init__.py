"""The forms of a report, each made from its JSON: JUnit XML, Markdown, one HTML page, captures."""
