"""Whether the text of a data set can be written in its Specific Character Set (PS3.5 6.1, PS3.3 C.12.1.1.2).

pydicom writes a question mark for what it cannot, and a question mark is a wild card (PS3.4 C.2.2.2.4).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

CHARACTER_SET_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
"""VRs of text in the Specific Character Set; other text is of the default repertoire."""
_OTHER_TEXT_VRS = frozenset({"AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR"})
_SPECIFIC_CHARACTER_SET = 0x00080005
_DEFAULT = "iso8859"
_LATIN_1 = "latin-1"


class Unsayable(NamedTuple):
    """A text that cannot be written: the element and its VR, and the terms of the character set."""

    name: str
    vr: str
    text: str
    character_set: tuple[str, ...]

    def __str__(self) -> str:
        """In words, with what to do."""
        if self.vr not in CHARACTER_SET_VRS:
            return f"{self.name}: {self.text[:40]!r} has letters that VR {self.vr} has not, whatever the character set"
        shown = self.text if len(self.text) <= 40 else f"{self.text[:37]}..."
        if self.character_set:
            where = "the Specific Character Set " + "\\".join(self.character_set)
        else:
            where = "the default repertoire, and there is no Specific Character Set"
        return f"{self.name}: {shown!r} cannot be said in {where}; ISO_IR 192 (UTF-8) can say everything"


def can_say(text: str, character_set: Sequence[str]) -> bool:
    """Whether this text comes back as it is from these terms of Specific Character Set; none is the default one."""
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


def unsayable(data_set: Dataset, *, strict: bool = False, parent: tuple[str, ...] = ()) -> Unsayable | None:
    """The first text that the data set's Specific Character Set cannot say; None if there is none.

    Elements that nobody has decoded are written as they came and not looked at. Without `strict`, the upper half of
    ISO 8859-1 may stand where there is no character set: files have it, and it goes out as it came.
    """
    character_set = _terms(data_set, parent)
    for tag in data_set.keys():  # noqa: SIM118 - iterating a Dataset decodes every element
        element: Any = data_set.get_item(tag)
        vr = element.VR
        if getattr(element, "is_raw", False) or not element.value:
            continue
        if vr == "SQ":
            for item in element.value:
                found = unsayable(item, strict=strict, parent=character_set)
                if found is not None:
                    return found
        elif vr in CHARACTER_SET_VRS or vr in _OTHER_TEXT_VRS:
            terms = character_set if vr in CHARACTER_SET_VRS else ()
            for text in _texts(element.value):
                if not (can_say(text, terms) or (not strict and not terms and _is_in(text, _LATIN_1))):
                    return Unsayable(element.keyword or str(tag), vr, text, terms)
    return None


def _terms(data_set: Dataset, parent: tuple[str, ...]) -> tuple[str, ...]:
    if _SPECIFIC_CHARACTER_SET not in data_set:
        return parent
    value = data_set[_SPECIFIC_CHARACTER_SET].value
    return tuple(_texts(value)) if value else ()


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
