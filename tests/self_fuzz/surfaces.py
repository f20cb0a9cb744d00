"""All surfaces by name."""

from __future__ import annotations

from self_fuzz import archive_store, capture_files, conversations, decode_command, dimse_messages, own_files, pdus
from self_fuzz.surface import Surface

IN_TESTS = {
    "pdus": 120,
    "provider": 150,
    "dimse": 120,
    "decode": 30,
    "captures": 80,
    "archive": 80,
    "own-files": 120,
}
"""Executions of each surface in the tests, with seed 0; all of them together take some seconds of processor time."""

SURFACES: dict[str, Surface] = {
    surface.name: surface
    for surface in (
        pdus.SURFACE,
        conversations.SURFACE,
        dimse_messages.SURFACE,
        decode_command.SURFACE,
        capture_files.SURFACE,
        archive_store.SURFACE,
        own_files.SURFACE,
    )
}
