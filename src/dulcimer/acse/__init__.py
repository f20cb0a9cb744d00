"""Association control: negotiation, request, accept, reject, release and abort (PS3.8 7, PS3.7 D)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dulcimer.acse.service import ACSE

__all__ = ["ACSE"]

if not TYPE_CHECKING:  # a type checker would then accept any name

    def __getattr__(name: str) -> Any:
        """Import `ACSE` on first use: negotiation, which many modules use, does not need the state machine."""
        if name != "ACSE":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from dulcimer.acse.service import ACSE

        return ACSE
