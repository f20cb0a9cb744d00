"""Switches for the whole process, with the names that users of pynetdicom know; set them on this module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydicom.uid import UID

CODECS: tuple[str, ...] = ("ascii",)
"""Codecs to try, in order, for text that is bytes, and for the AE titles of peers, such as ``("ascii", "utf-8")``."""

ENFORCE_UID_CONFORMANCE: bool = False
"""Refuse UIDs that break a rule of PS3.8 Annex F; otherwise 1 to 64 characters will do."""

UNRESTRICTED_STORAGE_SERVICE: bool = False
"""Accept, as acceptor, every storage SOP class and every one that is not known, whatever contexts are supported."""

STORE_RECV_CHUNKED_DATASET: bool = False
"""Receive the data sets of C-STORE requests into files, which handlers find as `event.dataset_path`."""

LOG_HANDLER_LEVEL: str = "standard"
"""What is logged of each association: "standard" how it begins and ends (level INFO), what it negotiates and its
messages (DEBUG), "none" only what goes wrong."""

LOG_REQUEST_IDENTIFIERS: bool = True
"""Log the identifiers of C-FIND, C-GET and C-MOVE requests, too (DEBUG)."""

LOG_RESPONSE_IDENTIFIERS: bool = True
"""Log the identifiers of responses to them, too (DEBUG)."""

USE_SHORT_DIMSE_AET: bool = True
"""False pads the AE titles in DIMSE messages to 16 characters, as some peers want them."""

STORE_SEND_CHUNKED_DATASET: bool = False
"""Send a file as it lies there or not at all; otherwise it is rewritten where the peer takes only another uncompressed
transfer syntax. It goes out in chunks either way."""

PASS_CONTEXTVARS: bool = False
"""Has no effect: handlers always see the context variables of who opened the association, or the server."""

WINDOWS_TIMER_RESOLUTION: float | None = 1
"""Has no effect: nothing is polled, so no timer needs to be finer than the system's."""

LONGEST_UID = 64
LONGEST_AE_TITLE = 16


def validate_ae(value: object) -> tuple[bool, str]:
    """Whether text is an AE title (VR AE, PS3.5 6.2), and what is wrong with it."""
    if not isinstance(value, str):
        return False, "must be str"
    if len(value) > LONGEST_AE_TITLE:
        return False, f"must not exceed {LONGEST_AE_TITLE} characters"
    if not value.isascii():
        return False, "must only contain ASCII characters"
    if "\\" in value or not value.isprintable():
        return False, "must not contain control characters or backslashes"
    return True, ""


def validate_ui(value: object) -> tuple[bool, str]:
    """Whether a UID is acceptable (PS3.8 Annex F), and what is wrong with it."""
    if not isinstance(value, UID):
        return False, "must be pydicom.uid.UID"
    if not value:
        return False, "must not be an empty str"
    if len(value) > LONGEST_UID:
        return False, f"must not exceed {LONGEST_UID} characters"
    if ENFORCE_UID_CONFORMANCE and not value.is_valid:
        return False, "UID is non-conformant"
    return True, ""


VALIDATORS: dict[str, Callable[[Any], tuple[bool, str]]] = {"AE": validate_ae, "UI": validate_ui}
"""Replace an entry to be stricter or more lenient with AE titles ("AE") or UIDs ("UI")."""
