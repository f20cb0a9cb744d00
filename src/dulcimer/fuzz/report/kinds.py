"""The forms that the report of a campaign has; options name them, and load nothing that writes them."""

from __future__ import annotations

from enum import StrEnum


class ReportKind(StrEnum):
    """The forms of the report of a campaign."""

    JSON = "json"
    HTML = "html"
    JUNIT = "junit"
    SARIF = "sarif"
    MARKDOWN = "markdown"
    TEXT = "text"
