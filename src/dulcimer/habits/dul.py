"""The upper layer of an association, under the module name of pynetdicom."""

from __future__ import annotations

from dulcimer.ae.blocking.low_level import DULServiceProvider

__all__ = ["DULServiceProvider"]
