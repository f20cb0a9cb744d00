"""The version, under the module name of pynetdicom."""

from __future__ import annotations

from dulcimer import __version__

__all__ = ["__version__"]
