"""Values from users and peers: UIDs and AE titles, checked as the switches of the process say."""

from __future__ import annotations

import warnings
from typing import TypeAlias

from pydicom import config
from pydicom.uid import UID

from dulcimer.logging_setup import LOGGER
from dulcimer.switches import PROCESS_SWITCHES
from dulcimer.wire.fields import unpadded

UidLike: TypeAlias = str | bytes | None
AeTitle: TypeAlias = str | bytes
"""The title of an application entity; bytes are deprecated."""


def decode_bytes(encoded_value: bytes) -> str:
    """Bytes as ISO 646 (ASCII) text, by the first of `Switches.codecs` that can; other characters are left out.

    Raises ValueError if no codec can.
    """
    for codec in ("ascii", *PROCESS_SWITCHES.codecs):
        try:
            return encoded_value.decode(codec).encode("ascii", "ignore").decode("ascii")
        except UnicodeDecodeError:
            continue
    raise ValueError(f"none of the codecs {', '.join(PROCESS_SWITCHES.codecs)} can decode {encoded_value.hex(' ')}")


def peer_text(text: str) -> str:
    """Text that a peer sent, which is ISO 8859-1 here, as `Switches.codecs` read it; unchanged if none can."""
    if text.isascii():
        return text
    try:
        return decode_bytes(text.encode("latin-1"))
    except ValueError:
        return text


def set_uid(
    value: UidLike, name: str, allow_empty: bool = True, allow_none: bool = True, validate: bool = True
) -> UID | None:
    """`value` as a UID; `name` is for messages. None if it is None and may be.

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
        good, problem = PROCESS_SWITCHES.validators["UI"](uid)
        if not good:
            raise ValueError(f"Invalid {name!r} value {uid!r} - {problem}")
        if not uid.is_valid:
            LOGGER.warning("%s %r is non-conformant (PS3.8 Annex F)", name, str(uid))
    return uid


def lenient_uid(value: str) -> UID:
    """What a peer sent as a UID, without the padding that PS3.8 Annex F forbids and some peers send; never raises."""
    return UID(unpadded(value), config.IGNORE)


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
    """`value` as text of VR AE (at most 16 characters); `name` is for messages. None if it is None and may be.

    Raises TypeError for another type, ValueError for text that is empty and must not be, or is not acceptable.
    """
    if allow_none and value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"{name!r} must be str{' or None' * allow_none}, not {type(value).__name__!r}")
    if not allow_empty and not value.strip():
        raise ValueError(f"Invalid {name!r} value - must not be empty or all spaces")
    good, problem = PROCESS_SWITCHES.validators["AE"](value) if value else (True, "")
    if not good:
        raise ValueError(f"Invalid {name!r} value {value!r} - {problem}")
    return value
