"""Switches: settings for a whole program that change what entities, associations and conversions do.

`PROCESS_SWITCHES` are those of this process. They may be set at any time and apply from then on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

LONGEST_UID = 64
LONGEST_AE_TITLE = 16

Validator: TypeAlias = Callable[[Any], tuple[bool, str]]
"""Whether a value is acceptable, and what is wrong with it."""


@dataclass
class Switches:
    """What can be switched; `dulcimer._config` has the same in capitals, for programs for pynetdicom."""

    codecs: tuple[str, ...] = ("ascii",)
    """Codecs to try, in order, for text that is bytes, and for the AE titles of peers, such as `("ascii", "utf-8")`."""
    enforce_uid_conformance: bool = False
    """Refuse UIDs that break a rule of PS3.8 Annex F; otherwise any 1 to 64 characters are accepted."""
    unrestricted_storage_service: bool = False
    """Accept, as acceptor, every storage SOP class and every unknown one, whatever contexts are supported."""
    store_recv_chunked_dataset: bool = False
    """Receive the data sets of C-STORE requests into files, which handlers find as `event.dataset_path`."""
    log_handler_level: str = "standard"
    """What is logged about each association: "standard": begin and end (level INFO), negotiation and messages (DEBUG);
    "none": only what goes wrong."""
    log_request_identifiers: bool = True
    """Log the identifiers of C-FIND, C-GET and C-MOVE requests, too (DEBUG)."""
    log_response_identifiers: bool = True
    """Log the identifiers of responses to them, too (DEBUG)."""
    use_short_dimse_aet: bool = True
    """False pads the AE titles in DIMSE messages to 16 characters, as some peers require."""
    store_send_chunked_dataset: bool = False
    """Send a file unchanged or not at all; otherwise it is rewritten if the peer accepts only another uncompressed
    transfer syntax. It is sent in chunks either way."""
    validators: dict[str, Validator] = field(default_factory=dict)
    """Replace an entry to be stricter or more lenient with AE titles ("AE") or UIDs ("UI")."""

    def __post_init__(self) -> None:
        self.validators = {"AE": validate_ae, "UI": self.validate_ui, **self.validators}

    def validate_ui(self, value: object) -> tuple[bool, str]:
        """Whether a UID is acceptable (PS3.8 Annex F), and what is wrong with it."""
        from pydicom.uid import UID  # code that works on bytes does not load pydicom

        if not isinstance(value, UID):
            return False, "must be pydicom.uid.UID"
        if not value:
            return False, "must not be an empty str"
        if len(value) > LONGEST_UID:
            return False, f"must not exceed {LONGEST_UID} characters"
        if self.enforce_uid_conformance and not value.is_valid:
            return False, "UID is non-conformant"
        return True, ""

    @property
    def only_bounds_uids(self) -> bool:
        """Whether all that is asked of a UID is that it has at most `LONGEST_UID` characters."""
        return not self.enforce_uid_conformance and self.validators["UI"] == self.validate_ui


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


PROCESS_SWITCHES = Switches()
"""The switches of this process."""
