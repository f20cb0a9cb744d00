"""Values from users: UIDs and AE titles, checked, under the names that users of pynetdicom know."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextvars import copy_context
from io import BytesIO
from typing import TypeAlias, TypeVar

from pydicom import config
from pydicom.uid import UID

from dulcimer import _config
from dulcimer.logging_setup import LOGGER

_Result = TypeVar("_Result")
UidLike: TypeAlias = str | bytes | None
AeTitle: TypeAlias = str | bytes
"""The title of an application entity; bytes are deprecated."""


def decode_bytes(encoded_value: bytes) -> str:
    """Bytes as ISO 646 (ASCII) text, by the first of `_config.CODECS` that can; other characters are left out.

    Raises ValueError if no codec can.
    """
    for codec in ("ascii", *_config.CODECS):
        try:
            return encoded_value.decode(codec).encode("ascii", "ignore").decode("ascii")
        except UnicodeDecodeError:
            continue
    raise ValueError(f"none of the codecs {', '.join(_config.CODECS)} can decode {encoded_value.hex(' ')}")


def peer_text(text: str) -> str:
    """Text that a peer sent, which is ISO 8859-1 here, as `_config.CODECS` read it; as it is where none of them can."""
    if text.isascii():
        return text
    try:
        return decode_bytes(text.encode("latin-1"))
    except ValueError:
        return text


def validate_uid(uid: UID) -> bool:
    """Whether a UID is acceptable: 1 to 64 characters, or by all of PS3.8 Annex F if `_config` says so."""
    return _config.validate_ui(uid)[0]


def set_uid(
    value: UidLike, name: str, allow_empty: bool = True, allow_none: bool = True, validate: bool = True
) -> UID | None:
    """`value` as the UID called `name`, None if it is None and may be.

    Raises TypeError for another type, ValueError for a UID that is empty and must not be, or is not acceptable.
    """
    if allow_none and value is None:
        return None
    if isinstance(value, bytes):
        value = decode_bytes(value)
    if not isinstance(value, str):
        raise TypeError(f"{name!r} must be str, bytes or UID{' or None' * allow_none}, not {type(value).__name__!r}")
    uid = lenient_uid(value)
    if not uid and not allow_empty:
        raise ValueError(f"Invalid {name!r} value - must not be an empty str")
    if uid and validate:
        good, problem = _config.VALIDATORS["UI"](uid)
        if not good:
            raise ValueError(f"Invalid {name!r} value {uid!r} - {problem}")
        if not uid.is_valid:
            LOGGER.warning("%s %r is non-conformant (PS3.8 Annex F)", name, str(uid))
    return uid


def lenient_uid(value: str) -> UID:
    """What a peer sent as a UID, without the padding that PS3.8 Annex F forbids and some peers send; never raises."""
    return UID(value.rstrip("\0 "), config.IGNORE)


def set_title(value: AeTitle | None, name: str, allow_empty: bool = True, allow_none: bool = True) -> str | None:
    """`set_ae` for the title of an application entity, which may be bytes, with a DeprecationWarning."""
    if not isinstance(value, bytes):
        return set_ae(value, name, allow_empty, allow_none)
    warnings.warn(f"{name!r} given as bytes is deprecated, use an ASCII str", DeprecationWarning, stacklevel=4)
    try:
        title = decode_bytes(value)
    except ValueError as error:
        raise ValueError(f"Invalid {name!r} value {value!r} - {error}") from None
    return set_ae(title, name, allow_empty, allow_none)


def set_ae(value: str | None, name: str, allow_empty: bool = True, allow_none: bool = True) -> str | None:
    """`value` as the text of VR AE called `name` (at most 16 characters), None if it is None and may be.

    Raises TypeError for another type, ValueError for text that is empty and must not be, or is not acceptable.
    """
    if allow_none and value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"{name!r} must be str{' or None' * allow_none}, not {type(value).__name__!r}")
    if not allow_empty and not value.strip():
        raise ValueError(f"Invalid {name!r} value - must not be empty or all spaces")
    good, problem = _config.VALIDATORS["AE"](value) if value else (True, "")
    if not good:
        raise ValueError(f"Invalid {name!r} value {value!r} - {problem}")
    return value


def pretty_bytes(
    bytestream: bytes | BytesIO,
    prefix: str = "  ",
    delimiter: str = "  ",
    items_per_line: int = 16,
    max_size: int | None = 512,
    suffix: str = "",
) -> list[str]:
    """Lines of `items_per_line` bytes in hexadecimal; no more than `max_size` bytes, which the first line then says."""
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
