"""The upper layer of an association, where users of pynetdicom look for it."""

from __future__ import annotations

from dulcimer.ae.blocking.low_level import DULServiceProvider

__all__ = ["DULServiceProvider"]
