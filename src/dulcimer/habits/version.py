"""The version, where programs for pynetdicom look for it."""

from __future__ import annotations

from dulcimer import __version__

__all__ = ["__version__"]
