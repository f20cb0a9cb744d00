"""Byte streams and the one loop that joins them to an upper layer provider; asyncio begins here.

The servers of entities are here as well, for users of pynetdicom look for them here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dulcimer.ae.blocking.server import AssociationServer, ThreadedAssociationServer

__all__ = ["AssociationServer", "ThreadedAssociationServer"]

if not TYPE_CHECKING:  # a type checker would take any name for defined

    def __getattr__(name: str) -> Any:
        """Import a server when it is first asked for: they are far above."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module("dulcimer.ae.blocking.server"), name)
