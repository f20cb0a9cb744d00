"""Text of pydicom data sets for matching, keys of identifiers, and the attributes to return for a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydicom.charset import decode_bytes
from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence as Items
from pydicom.tag import BaseTag, Tag
from pydicom.valuerep import PN_DELIMS, TEXT_VR_DELIMS

from dulcimer._generated.statuses import DOES_NOT_MATCH_SOP_CLASS
from dulcimer.archive.values.matching import SINGLE_VALUE_VRS, UNIVERSAL, InvalidKey, Matcher, clean, combine, parse_key
from dulcimer.dimse.command_values import comment
from dulcimer.errors import DulcimerError

SPECIFIC_CHARACTER_SET = Tag(0x0008, 0x0005)
DEEPEST_SEQUENCE = 16
"""Maximum nesting of sequences in a key."""

_ESCAPE = b"\x1b"
_TEXT_VRS = frozenset(
    ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT")
)
_CHARACTER_SET_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_GROUP_LENGTH = 0x0000


class IdentifierError(DulcimerError):
    """An Identifier that cannot be answered.

    Attributes: ``status`` for the response (A900H: it does not match the SOP class), ``offending_element``, the tag
    at fault as a number, None if not a single one is, ``comment`` for Error Comment (0000,0902), of at
    most 64 characters.
    """

    def __init__(
        self, message: str, *, status: int = DOES_NOT_MATCH_SOP_CLASS, offending_element: int | None = None
    ) -> None:
        self.status = status
        self.offending_element = offending_element
        self.comment = comment(message)
        super().__init__(message)


def texts(data_set: Dataset, tag: BaseTag) -> tuple[str, ...]:
    """The decoded values of an attribute, cleaned; none if it is absent or empty, or a sequence.

    Values that do not fit their VR are returned unchanged.
    """
    if tag not in data_set:
        return ()
    element: Any = data_set.get_item(tag, keep_deferred=True)
    if isinstance(element, RawDataElement):
        vr = element.VR
        if vr is None or vr == "UN":
            vr = dictionary_VR(tag).split(" ")[0] if dictionary_has_tag(tag) else "UN"
        if vr in _TEXT_VRS:
            # pydicom would check each value against its VR, and warn or raise; keys have wild cards.
            text = _decode(data_set, element.value or b"", vr)
            return _cleaned(vr, (text,) if vr in SINGLE_VALUE_VRS else text.split("\\"))
    try:
        element = data_set[tag]
    except Exception:  # conversions of pydicom can raise anything
        return ()
    vr, value = element.VR, element.value
    if vr == "SQ" or value is None or isinstance(value, bytes):
        return ()
    several = isinstance(value, MultiValue | list | tuple)
    return _cleaned(vr, [str(one) for one in (value if several else (value,))])


def plain_texts(element: RawDataElement, dictionary_vr: str) -> tuple[str, ...] | None:
    """The same as `texts` for the element, but faster; None if its data set is needed.

    `dictionary_vr` is the VR that the data dictionary gives it.
    """
    vr, raw = element.VR, element.value or b""
    if vr is None or vr == "UN":
        vr = dictionary_vr
    if vr not in _TEXT_VRS or not raw.isascii() or _ESCAPE in raw:
        return None
    text = raw.decode("ascii")
    return _cleaned(vr, (text,) if vr in SINGLE_VALUE_VRS else text.split("\\"))


def items(data_set: Dataset, tag: BaseTag) -> Sequence[Dataset]:
    """The items of a sequence; none if it is absent, empty, not a sequence, or cannot be read."""
    try:
        element = data_set[tag]
    except Exception:  # conversions of pydicom can raise anything
        return ()
    return element.value if element.VR == "SQ" and element.value else ()


def vr_of(data_set: Dataset, tag: BaseTag) -> str:
    """The VR of the attribute: that of the data dictionary, else the one in the data set."""
    if dictionary_has_tag(tag):
        return dictionary_VR(tag).split(" ")[0]
    element = data_set.get_item(tag, keep_deferred=True) if tag in data_set else None
    return str(element.VR) if element is not None and element.VR else "UN"


def element_of(tag: BaseTag, vr: str, values: Sequence[str]) -> DataElement:
    """An element with these values, empty if they do not fit the VR."""
    from pydicom import config

    value: Any = values[0] if len(values) == 1 else list(values) if values else None
    try:
        return DataElement(tag, vr, value, validation_mode=config.IGNORE)
    except (ValueError, TypeError, OverflowError, ArithmeticError):
        return DataElement(tag, vr, None)


@dataclass(frozen=True, slots=True)
class SequenceMatcher:
    """C.2.2.2.6: an item in which all keys match."""

    keys: Keys

    def matches(self, candidates: Sequence[Dataset]) -> bool:
        """Whether one of the items does; a sequence without items matches universal keys only."""
        if self.keys.is_universal:
            return True
        return any(self.keys.matches(item) for item in candidates)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of an identifier or of an item in it."""

    plain: dict[BaseTag, Matcher]
    sequences: dict[BaseTag, SequenceMatcher]
    combined: tuple[tuple[BaseTag, BaseTag], ...] = ()

    @property
    def is_universal(self) -> bool:
        """Whether they match everything."""
        return all(matcher == UNIVERSAL for matcher in self.plain.values()) and all(
            matcher.keys.is_universal for matcher in self.sequences.values()
        )

    def matches(self, data_set: Dataset) -> bool:
        """Whether the data set matches all keys."""
        together = {tag for pair in self.combined for tag in pair}
        if not all(self._pair_matches(data_set, date, time) for date, time in self.combined):
            return False
        return all(
            matcher == UNIVERSAL or matcher.matches(texts(data_set, tag))
            for tag, matcher in self.plain.items()
            if tag not in together
        ) and all(matcher.matches(items(data_set, tag)) for tag, matcher in self.sequences.items())

    def _pair_matches(self, data_set: Dataset, date: BaseTag, time: BaseTag) -> bool:
        combined = combine(self.plain[date], self.plain[time])
        return combined is not None and combined.matches(texts(data_set, date), texts(data_set, time))


def parse_keys(
    identifier: Dataset, *, ignored: frozenset[int] = frozenset(), combined_datetime: bool = False, depth: int = 0
) -> Keys:
    """The keys of the identifier, those of its `ignored` tags, character set, group lengths and private ones left out.

    Raises IdentifierError for a value that its VR does not allow, naming the element.
    """
    plain: dict[BaseTag, Matcher] = {}
    sequences: dict[BaseTag, SequenceMatcher] = {}
    for tag in identifier.keys():  # noqa: SIM118 - iterating a Dataset decodes every element
        if tag in ignored or tag == SPECIFIC_CHARACTER_SET or tag.element == _GROUP_LENGTH or tag.is_private:
            continue
        vr = vr_of(identifier, tag)
        if vr == "SQ":
            if depth == DEEPEST_SEQUENCE:
                raise IdentifierError("sequences are nested too deeply", offending_element=tag)
            sequences[tag] = SequenceMatcher(_parse_item(identifier, tag, combined_datetime, depth))
            continue
        try:
            plain[tag] = parse_key(vr, texts(identifier, tag))
        except InvalidKey as error:
            keyword = keyword_for_tag(tag) or str(tag)
            raise IdentifierError(f"{keyword}: {error}", offending_element=tag) from error
    return Keys(plain, sequences, date_time_pairs(plain) if combined_datetime else ())


def date_time_pairs(plain: dict[BaseTag, Matcher]) -> tuple[tuple[BaseTag, BaseTag], ...]:
    """The pairs of keys for the date and time of the same moment, both with ranges of the same form (C.2.2.2.5.4)."""
    named = {keyword_for_tag(tag): tag for tag in plain}
    pairs = []
    for keyword, date in named.items():
        time = named.get(keyword.removesuffix("Date") + "Time") if keyword.endswith("Date") else None
        if time is not None and combine(plain[date], plain[time]) is not None:
            pairs.append((date, time))
    return tuple(pairs)


def select(data_set: Dataset, identifier: Dataset, keys: Keys) -> Dataset:
    """The attributes of the data set that the identifier with these keys requests; empty if it has no value.

    A sequence is returned whole if its key has no item or an empty one; else the attributes named in the key's item,
    from the items that match it.
    """
    answer = Dataset()
    for tag in keys.plain:
        vr = vr_of(identifier, tag)
        if vr in _TEXT_VRS:
            answer.add(element_of(tag, vr, texts(data_set, tag)))
        else:
            answer.add(data_set[tag] if tag in data_set else DataElement(tag, vr, None))
    for tag, matcher in keys.sequences.items():
        found = select_items(items(data_set, tag), items(identifier, tag), matcher.keys)
        answer.add(DataElement(tag, "SQ", found))
    return answer


def select_items(found: Sequence[Dataset], asked: Sequence[Dataset], keys: Keys) -> Items:
    """The items that match the keys of the requested item, with the attributes it names; all if it names none."""
    if not asked or not len(asked[0]):
        return Items(found)
    return Items([select(item, asked[0], keys) for item in found if keys.matches(item)])


def _parse_item(identifier: Dataset, tag: BaseTag, combined_datetime: bool, depth: int) -> Keys:
    asked = items(identifier, tag)
    if len(asked) > 1:
        raise IdentifierError("a sequence in an Identifier must have one item", offending_element=tag)
    if not asked:
        return Keys({}, {})
    return parse_keys(asked[0], combined_datetime=combined_datetime, depth=depth + 1)


def _cleaned(vr: str, values: Sequence[str]) -> tuple[str, ...]:
    cleaned = tuple(clean(vr, value) for value in values)
    return cleaned if any(cleaned) else ()


def _decode(data_set: Dataset, raw: bytes, vr: str) -> str:
    if vr not in _CHARACTER_SET_VRS or (raw.isascii() and _ESCAPE not in raw):
        return raw.decode("latin-1")
    encodings = data_set.original_character_set
    try:
        return decode_bytes(
            raw,
            [encodings] if isinstance(encodings, str) else list(encodings),
            PN_DELIMS if vr == "PN" else TEXT_VR_DELIMS,
        )
    except (LookupError, ValueError):
        return raw.decode("latin-1")
