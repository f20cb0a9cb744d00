"""The Specific Character Set of an answer (PS3.3 C.12.1.1.2): that of the request where it can say all, else UTF-8."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydicom.dataset import Dataset

from dulcimer.archive.datasets import SPECIFIC_CHARACTER_SET, texts

UTF_8 = "ISO_IR 192"
_DEFAULT = "iso8859"
_TEXT_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})


def character_set_of(data_set: Dataset) -> tuple[str, ...]:
    """The values of Specific Character Set; none for the default repertoire."""
    return texts(data_set, SPECIFIC_CHARACTER_SET)


def set_character_set(answer: Dataset, requested: Sequence[str]) -> None:
    """Give the answer a Specific Character Set in which it can be written.

    It gets the requested one, UTF-8 if that cannot say all, and none if no text goes beyond the default repertoire.
    """
    beyond = [text for text in _texts_of(answer) if not text.isascii()]
    if not beyond:
        if SPECIFIC_CHARACTER_SET in answer:
            del answer[SPECIFIC_CHARACTER_SET]
        return
    chosen = list(requested) if all(_can_say(text, requested) for text in beyond) else [UTF_8]
    answer.SpecificCharacterSet = chosen if len(chosen) > 1 else chosen[0]


def _texts_of(data_set: Dataset) -> Iterator[str]:
    for element in data_set:
        if element.VR == "SQ":
            for item in element.value:
                yield from _texts_of(item)
        elif element.VR in _TEXT_VRS and element.value:
            yield str(element.value)


def _can_say(text: str, character_set: Sequence[str]) -> bool:
    from pydicom.charset import convert_encodings, decode_bytes, encode_string, python_encoding
    from pydicom.valuerep import TEXT_VR_DELIMS

    if not character_set or any(term and term not in python_encoding for term in character_set):
        return False
    encodings = convert_encodings(list(character_set))
    # pydicom writes the default repertoire as Latin 1, whose upper half is not in it.
    if encodings[0] == _DEFAULT and any("\x80" <= character <= "\xff" for character in text):
        return False
    if not all(any(_is_in(character, encoding) for encoding in encodings) for character in set(text)):
        return False
    return decode_bytes(encode_string(text, encodings), encodings, TEXT_VR_DELIMS) == text


def _is_in(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except (LookupError, UnicodeError):
        return False
    return True
