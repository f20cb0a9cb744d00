"""What a Specific Character Set means, and whether text can be written in it (PS3.5 6.1, PS3.3 C.12.1.1.2).

pydicom writes a question mark for a character it cannot write, and a question mark is a wild card (PS3.4 C.2.2.2.4).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

logger = logging.getLogger("dulcimer.dimse")

CHARACTER_SET_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
"""VRs of text in the Specific Character Set; other text is in the default repertoire."""
_OTHER_TEXT_VRS = frozenset({"AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR"})
_SPECIFIC_CHARACTER_SET = 0x00080005
_DEFAULT = "iso8859"
_LATIN_1 = "latin-1"
_NO_LETTERS = re.compile("[^A-Z0-9]")


class UnencodableText(NamedTuple):
    """A text that cannot be encoded: the element and its VR, and the terms of the character set."""

    name: str
    vr: str
    text: str
    character_set: tuple[str, ...]

    def __str__(self) -> str:
        """In words, with what to do."""
        if self.vr not in CHARACTER_SET_VRS:
            return (
                f"{self.name}: {self.text[:40]!r} has characters that VR {self.vr} excludes, whatever the character set"
            )
        shown = self.text if len(self.text) <= 40 else f"{self.text[:37]}..."
        if self.character_set:
            where = "the Specific Character Set " + "\\".join(self.character_set)
        else:
            where = "the default repertoire, and there is no Specific Character Set"
        return f"{self.name}: {shown!r} cannot be encoded in {where}; ISO_IR 192 (UTF-8) can encode it"


def corrected_term(term: str) -> str:
    """The defined term that this one is a misspelling of, as ISO_IR_192 is of ISO_IR 192; else the term itself.

    Letters and digits count, not their case and what is between them. A misspelling is logged once.
    """
    from pydicom.charset import python_encoding

    if term in python_encoding:
        return term
    found = _plain_terms().get(_plain(term), term)
    if found != term:
        _log_misspelling(term, found)
    return found


def correct_misspelling(data_set: Dataset, inherited: list[str] | None = None) -> None:
    """Read the text of the data set, and of its items, in the character set that its misspelt terms mean.

    The terms are corrected, too. `inherited` are the encodings of a misspelt character set of the enclosing data set.
    Does nothing if there is no misspelling. Texts that are decoded already stay as they are.
    """
    from pydicom.charset import convert_encodings

    encodings = inherited
    if _SPECIFIC_CHARACTER_SET in data_set:
        terms = _raw_terms(data_set)
        right = [corrected_term(term) for term in terms]
        encodings = None
        if right != terms:
            data_set.SpecificCharacterSet = right if len(right) > 1 else right[0]
            encodings = convert_encodings(list(right))
    if encodings is None:
        return
    implicit, little = data_set.original_encoding
    data_set.set_original_encoding(implicit, little, encodings)
    for tag in data_set.keys():  # noqa: SIM118 - iterating a Dataset decodes every element
        element: Any = data_set.get_item(tag, keep_deferred=True)
        if element.VR == "SQ" and not getattr(element, "is_raw", False):
            for item in element.value or ():
                correct_misspelling(item, encodings)


@cache
def _plain_terms() -> dict[str, str]:
    from pydicom.charset import python_encoding

    return {"UTF8": "ISO_IR 192"} | {_plain(term): term for term in python_encoding if term}


def _plain(term: str) -> str:
    return _NO_LETTERS.sub("", term.upper())


@lru_cache(maxsize=64)
def _log_misspelling(term: str, right: str) -> None:
    logger.warning("the Specific Character Set %s is taken for %s (PS3.3 C.12.1.1.2)", term, right)


def can_encode(text: str, character_set: Sequence[str]) -> bool:
    """Whether the Specific Character Set with these terms, or else the default repertoire, can encode the text."""
    from pydicom.charset import convert_encodings, decode_bytes, encode_string, python_encoding
    from pydicom.valuerep import TEXT_VR_DELIMS

    if text.isascii():
        return True
    if not character_set or any(term and term not in python_encoding for term in character_set):
        return False
    encodings = convert_encodings(list(character_set))
    # pydicom writes the default repertoire as Latin 1, whose upper half is not in it.
    if encodings[0] == _DEFAULT and any("\x80" <= character <= "\xff" for character in text):
        return False
    if not all(any(_is_in(character, encoding) for encoding in encodings) for character in set(text)):
        return False
    return decode_bytes(encode_string(text, encodings), encodings, TEXT_VR_DELIMS) == text


def unencodable(data_set: Dataset, *, strict: bool = False, parent: tuple[str, ...] = ()) -> UnencodableText | None:
    """The first text that the data set's Specific Character Set cannot encode; None if there is none.

    Elements that are not decoded yet are written as received and not checked. Without `strict`, the upper half of ISO
    8859-1 is allowed if there is no character set: files have it, and it is sent as it is.
    """
    character_set = _terms(data_set, parent)
    for tag in data_set.keys():  # noqa: SIM118 - iterating a Dataset decodes every element
        element: Any = data_set.get_item(tag, keep_deferred=True)
        vr = element.VR
        if getattr(element, "is_raw", False) or not element.value:
            continue
        if vr == "SQ":
            for item in element.value:
                found = unencodable(item, strict=strict, parent=character_set)
                if found is not None:
                    return found
        elif vr in CHARACTER_SET_VRS or vr in _OTHER_TEXT_VRS:
            terms = character_set if vr in CHARACTER_SET_VRS else ()
            for text in _texts(element.value):
                if not (can_encode(text, terms) or (not strict and not terms and _is_in(text, _LATIN_1))):
                    return UnencodableText(element.keyword or str(tag), vr, text, terms)
    return None


def _terms(data_set: Dataset, parent: tuple[str, ...]) -> tuple[str, ...]:
    if _SPECIFIC_CHARACTER_SET not in data_set:
        return parent
    value = data_set[_SPECIFIC_CHARACTER_SET].value
    return tuple(_texts(value)) if value else ()


def _raw_terms(data_set: Dataset) -> list[str]:
    """The terms of the data set itself; an element that is not decoded yet stays so."""
    element: Any = data_set.get_item(_SPECIFIC_CHARACTER_SET, keep_deferred=True)
    if not getattr(element, "is_raw", False):
        return list(_terms(data_set, ()))
    return [term.strip(" \0") for term in (element.value or b"").decode("latin-1").split("\\")]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, bytes):
        return
    if isinstance(value, str) or not isinstance(value, Sequence):
        yield str(value)
        return
    for one in value:
        yield str(one)


def _is_in(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (LookupError, UnicodeError):
        return False
    return True
