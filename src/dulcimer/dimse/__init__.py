"""DIMSE messages: command sets, fragments, requests matched to responses (PS3.7)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dulcimer.errors import DIMSEProcessingError

if TYPE_CHECKING:
    from dulcimer.dimse.decoder import DecodedMessage, DIMSEDecoder
    from dulcimer.dimse.provider import DIMSEServiceProvider

__all__ = ["DIMSEDecoder", "DIMSEProcessingError", "DIMSEServiceProvider", "DecodedMessage"]

# Imported on first use: their primitives need pydicom, and messages do not.
_HOMES = {"DIMSEDecoder": "decoder", "DecodedMessage": "decoder", "DIMSEServiceProvider": "provider"}

if not TYPE_CHECKING:  # a type checker would then accept any name

    def __getattr__(name: str) -> Any:
        """Import a public name on first use."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
