"""Statuses of DIMSE responses (PS3.7 Annex C), in words and for programs."""

from __future__ import annotations

from dulcimer._generated.commands import status_category, status_meaning


def status_text(status: int, service: str) -> str:
    """A DIMSE status in words: ``A700H Failure: refused: out of resources``."""
    meaning = status_meaning(status, service)
    words = f"{status:04X}H {status_category(status)}"
    return f"{words}: {meaning}" if meaning and meaning.lower() != status_category(status).lower() else words


def status_json(status: int, service: str) -> dict[str, object]:
    """A DIMSE status for programs."""
    return {"status": status, "category": status_category(status), "meaning": status_meaning(status, service)}
