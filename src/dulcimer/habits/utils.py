"""Checks of values from users, and other helpers of pynetdicom: printable bytes, targets of threads."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from io import BytesIO
from typing import TypeVar

from pydicom.uid import UID

from dulcimer.switches import PROCESS_SWITCHES
from dulcimer.values import AeTitle, UidLike, decode_bytes, lenient_uid, peer_text, set_ae, set_title, set_uid

__all__ = [
    "AeTitle",
    "UidLike",
    "decode_bytes",
    "lenient_uid",
    "make_target",
    "peer_text",
    "pretty_bytes",
    "set_ae",
    "set_title",
    "set_uid",
    "validate_uid",
]

_Result = TypeVar("_Result")


def validate_uid(uid: UID) -> bool:
    """Whether a UID is acceptable: 1 to 64 characters, or by all of PS3.8 Annex F if `_config` says so."""
    return PROCESS_SWITCHES.validate_ui(uid)[0]


def pretty_bytes(
    bytestream: bytes | BytesIO,
    prefix: str = "  ",
    delimiter: str = "  ",
    items_per_line: int = 16,
    max_size: int | None = 512,
    suffix: str = "",
) -> list[str]:
    """Lines of `items_per_line` bytes in hexadecimal; at most `max_size` bytes, and then the first line says so."""
    data = bytestream.getvalue() if isinstance(bytestream, BytesIO) else bytestream
    pieces = [data[start : start + items_per_line] for start in range(0, len(data), items_per_line)]
    if max_size is not None and len(data) > max_size:
        shown = pieces[: max_size // items_per_line]
        head = [f"{prefix}Only dumping {max_size} bytes."]
    else:
        shown, head = pieces, []
    return head + [f"{prefix}{delimiter.join(f'{byte:02x}' for byte in piece)}{suffix}" for piece in shown]


def make_target(target_fn: Callable[[], _Result]) -> Callable[[], _Result]:
    """The target of a new thread, in which it sees the context variables that are set now."""
    context = copy_context()
    return lambda: context.run(target_fn)
