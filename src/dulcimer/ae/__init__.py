"""Application entities: associations opened to a peer, and servers that take them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dulcimer.ae.blocking.entity import AE

    ApplicationEntity = AE

__all__ = ["ApplicationEntity"]

if not TYPE_CHECKING:  # a type checker would take any name for defined

    def __getattr__(name: str) -> Any:
        """`AE` by the name that users of pynetdicom know in this place, imported when it is asked for."""
        if name != "ApplicationEntity":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from dulcimer.ae.blocking.entity import AE

        return AE
