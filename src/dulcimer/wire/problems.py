"""The texts of what deviates from the standard, and of what values mean: templates, for us and for other programs."""

from __future__ import annotations

from typing import Final

TOO_LONG: Final = "announces more bytes ({length}) than are left ({left})"
TOO_SHORT: Final = "is {length}, must be at least {minimum}"
NOT_FIXED: Final = "is {length}, must be {fixed}"
NO_ROOM: Final = "needs {needed}, has {left}"
AFTER_LAST: Final = "{left} after the last field"
AFTER_PDU: Final = "{left} after the end of the PDU"
NO_BYTES: Final = "no bytes"
NOT_CUT: Final = "cannot be cut into fields"

NO_HEADER: Final = "too few bytes ({left}) for the header of an item"
NOTHING: Final = "no {title}"
TOO_OFTEN: Final = "{title}: at most {maximum} is allowed"
NOT_HERE: Final = "{title}: is not allowed here"
OUT_OF_ORDER: Final = "item {item_type:02X}H must not follow item {highest:02X}H"
USED_TWICE: Final = "{key} is used twice"

NOT_THE_TYPE: Final = "is {value:02X}H, must be {code:02X}H"
NOT_DEFINED: Final = "value {value} is not defined"
TEXT_SIZE: Final = "is {size} long, must be {minimum} to {maximum}"
NOT_G0: Final = "a character is not in the ISO 646 basic G0 set"
ONLY_SPACES: Final = "consists of spaces only"
BACKSLASH: Final = "a backslash is not allowed"
UID_EMPTY: Final = "the UID is empty"
UID_TOO_LONG: Final = "the UID is {size} characters long, at most {longest} are allowed"
UID_PADDED: Final = "the UID is padded"
UID_CHARACTERS: Final = "the UID has characters other than digits and dots"
UID_COMPONENT: Final = "a component of the UID is empty or has a leading zero"

OTHER_CONTEXT: Final = "the first PDV of this PDU is of context {context}"
COMMAND_LATE: Final = "a command fragment follows a data set fragment"
AFTER_THE_LAST: Final = "a fragment follows the last one of its kind"

# What values mean.
ANOTHER_TYPE: Final = "not {label}"
UNDEFINED: Final = "undefined value {value}"
NOT_SIGNIFICANT: Final = "not significant"
NOT_TESTED: Final = "not tested"
GOVERNS: Final = "{size}: {governs}"
FOLLOWS: Final = "{size} follows"
FOLLOW: Final = "{size} follow"
