"""Byte streams, and the driver that joins them to an upper layer provider, for asyncio.

The servers of application entities can be imported from here as well, as in pynetdicom.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dulcimer.ae.blocking.server import AssociationServer, ThreadedAssociationServer

__all__ = ["AssociationServer", "ThreadedAssociationServer"]

if not TYPE_CHECKING:  # a type checker would then accept any name

    def __getattr__(name: str) -> Any:
        """Import a server on first use: servers belong to a higher layer."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module("dulcimer.ae.blocking.server"), name)
