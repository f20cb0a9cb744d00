"""`spec/ps3_6/uids.toml`: transfer syntaxes, UIDs that pydicom does not know yet, other names of SOP classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydicom.uid import UID_dictionary  # type: ignore[attr-defined]  # pydicom exports it, and does not say so

from codegen.spec.reader import Place, check_choice, check_unique, read

KINDS = ("SOP Class", "Transfer Syntax")


@dataclass(frozen=True)
class RegisteredUid:
    """A UID of PS3.6 Annex A."""

    uid: str
    name: str
    keyword: str


@dataclass(frozen=True)
class LaterUid:
    """A UID that was registered after pydicom's list was made."""

    uid: str
    name: str
    kind: str
    clause: str


@dataclass(frozen=True)
class Uids:
    """The whole file."""

    transfer_syntaxes: tuple[str, ...]
    default_transfer_syntaxes: tuple[str, ...]
    later: dict[str, LaterUid]
    also_called: dict[str, str]

    def registered(self, *kinds: str) -> dict[str, RegisteredUid]:
        """The UIDs of some kinds, such as "Transfer Syntax", by keyword."""
        known = {
            keyword: RegisteredUid(uid, name, keyword)
            for uid, (name, kind, _, _, keyword) in UID_dictionary.items()
            if kind in kinds
        }
        later = {key: RegisteredUid(row.uid, row.name, key) for key, row in self.later.items() if row.kind in kinds}
        return known | later

    def sop_classes(self) -> dict[str, RegisteredUid]:
        """The SOP classes, with the meta SOP classes, by keyword."""
        return self.registered("SOP Class", "Meta SOP Class")


def load_uids(root: Path) -> Uids:
    """Read and check the file."""
    uids, place = read(Uids, root / "spec/ps3_6/uids.toml", root)
    check_unique({keyword: row.uid for keyword, row in uids.later.items()}, place.at("later"), "UID")
    for keyword, row in uids.later.items():
        check_choice(row.kind, KINDS, place.at("later").at(keyword).at("kind"))
    check_keywords(uids.transfer_syntaxes, uids.registered("Transfer Syntax"), place.at("transfer_syntaxes"))
    for keyword in uids.default_transfer_syntaxes:
        if keyword not in uids.transfer_syntaxes:
            place.at("default_transfer_syntaxes").fail(f"{keyword!r} is not one of transfer_syntaxes")
    sop_classes = uids.sop_classes()
    for name, keyword in uids.also_called.items():
        here = place.at("also_called").at(name)
        check_keywords((keyword,), sop_classes, here)
        if name in sop_classes or not name.isidentifier():
            here.fail("expected a Python name that PS3.6 does not use")
    return uids


def check_keywords(keywords: tuple[str, ...], known: dict[str, RegisteredUid], place: Place) -> None:
    """Fail at `place` for a keyword that is not `known`, or given twice."""
    for number, keyword in enumerate(keywords):
        if keyword not in known:
            place.fail(f"unknown keyword {keyword!r}: neither pydicom nor [later] of spec/ps3_6/uids.toml has it")
        if keyword in keywords[:number]:
            place.fail(f"duplicate keyword {keyword!r}")
