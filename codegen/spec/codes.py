"""`spec/ps3_8/codes.toml`: types and codes in the PDUs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from codegen.spec.reader import Place, check_unique, read


@dataclass(frozen=True)
class Number:
    """A number with its clause."""

    value: int
    clause: str


@dataclass(frozen=True)
class Text:
    """A text with its clause."""

    value: str
    clause: str


@dataclass(frozen=True)
class Member:
    """One value: `label` as the standard calls it, `description` to be read in a sentence."""

    value: int
    label: str
    description: str
    clause: str = ""


@dataclass(frozen=True)
class Enumeration:
    """The values of one field."""

    clause: str
    description: str
    members: dict[str, Member]


@dataclass(frozen=True)
class Codes:
    """The whole file."""

    protocol_version: Number
    application_context_name: Text
    enums: dict[str, Enumeration]
    reject_reasons: dict[str, str]


ENUMS = (
    "PduType",
    "ItemType",
    "RejectResult",
    "RejectSource",
    "RejectReasonUser",
    "RejectReasonAcse",
    "RejectReasonPresentation",
    "AbortSource",
    "AbortReason",
    "ContextResult",
    "UserIdentityType",
)


def load_codes(root: Path) -> Codes:
    """Read and check the file."""
    codes, place = read(Codes, root / "spec/ps3_8/codes.toml", root)
    here = place.at("enums")
    if tuple(codes.enums) != ENUMS:
        here.fail(f"expected the tables {', '.join(ENUMS)} in this order, found {', '.join(codes.enums)}")
    for name, enumeration in codes.enums.items():
        _check_members(enumeration, here.at(name).at("members"))
    here = place.at("reject_reasons")
    if tuple(codes.reject_reasons) != tuple(codes.enums["RejectSource"].members):
        here.fail(f"expected the members of RejectSource, {', '.join(codes.enums['RejectSource'].members)}")
    for source, name in codes.reject_reasons.items():
        if name not in codes.enums:
            here.at(source).fail(f"unknown table {name!r}, expected one of {', '.join(ENUMS)}")
    return codes


def _check_members(enumeration: Enumeration, place: Place) -> None:
    check_unique({key: member.value for key, member in enumeration.members.items()}, place, "code")
    for key, member in enumeration.members.items():
        if not (key.isidentifier() and key.isupper()):
            place.at(key).fail("expected a name of capital letters, digits and _")
        if not 0 <= member.value <= 0xFF:
            place.at(key).at("value").fail(f"expected a byte, found {member.value}")
