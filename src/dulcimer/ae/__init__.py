"""Application entities: they request associations, and serve those that peers request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dulcimer.ae.blocking.entity import AE

    ApplicationEntity = AE

__all__ = ["ApplicationEntity"]

if not TYPE_CHECKING:  # with this, a type checker would accept any name

    def __getattr__(name: str) -> Any:
        """`AE` under the name that pynetdicom has for it here, imported on first use."""
        if name != "ApplicationEntity":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from dulcimer.ae.blocking.entity import AE

        return AE
