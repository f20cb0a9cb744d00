"""Leaves of the schemas: the kinds of single fields of a PDU, with all that is known about them.

Each leaf is a construct, to be named and documented by construct's own operators:
``"source" / Coded(1, AbortSource) * "who aborted"``. The layout it becomes part of gives it `name`, `doc` and
`clause`. Numbers are unsigned and big endian (PS3.8 9.3.1), text is ISO 8859-1, one character per byte.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, BinaryIO, ClassVar

from construct import SizeofError

from dulcimer._generated.codes import CLAUSES, Code
from dulcimer.counting import counted
from dulcimer.errors import EncodeError
from dulcimer.wire import problems
from dulcimer.wire.part import Part
from dulcimer.wire.rules import ValueRule, ValueWords
from dulcimer.wire.stream import Reader, Value, Values, Writer

REST = ""
"""The `governs` of a length of everything that follows in its PDU or item."""

_FORMATS = {1: "B", 2: "H", 4: "I"}
G0_TEXT = re.compile(r"[\x20-\x7e]*")
UID_CHARACTERS = re.compile(r"[0-9.]*")
UID_FORM = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*")
"""The form of a UID, whatever its length (PS3.8 Annex F)."""
LONGEST_UID = 64
_PADDING = "\0 "


class Leaf(Part):
    """A field that is not divided further.

    `kind`: const, enum, integer, length, uid, ae_title, text, bytes or reserved. `width` in bytes; None if
    the field reaches to the end of what its length governs. `structural`: a wrong value makes the rest
    unreadable. `form_clause` is the clause on the form of the value, if not `clause`.
    """

    kind: ClassVar[str] = "bytes"
    structural: ClassVar[bool] = False
    form_clause: ClassVar[str] = ""
    name: str
    doc: str
    clause: str

    def __init__(
        self,
        width: int | None,
        *,
        clause: str = "",
        check: ValueRule | None = None,
        meaning: ValueWords | None = None,
    ) -> None:
        super().__init__()
        self.name = ""
        self.doc = ""
        self.clause = clause
        self.width = width
        self.default: Value | None = None
        self.rule = check
        self.words = meaning
        self.checked = check is not None

    def bind(self, name: str, doc: str, clause: str) -> None:
        """Make the leaf part of a layout; it can be part of only one."""
        if self.name:
            raise ValueError(f"{name}: the leaf is part of another layout already, as {self.name}")
        self.name, self.doc, self.clause = name, doc, self.clause or clause

    @property
    def format(self) -> str:
        """The field as a `struct` format; "" if it has no fixed width."""
        return "" if self.width is None else f"{self.width}s"

    @property
    def converted(self) -> bool:
        """Whether `struct` gives bytes that have yet to be converted into the value."""
        return True

    def read(self, raw: bytes) -> Value:
        """The value of these bytes."""
        return raw

    def write(self, value: Any) -> bytes:
        """The bytes of this value; `ValueError` if it cannot be written."""
        if not isinstance(value, bytes | bytearray | memoryview):
            raise ValueError(f"{value!r} is not bytes")
        return bytes(value)

    def write_override(self, value: int | str) -> bytes:
        """The bytes of an override, which need not be of the kind of this field."""
        if isinstance(value, str):
            return _latin_1(value)
        if self.width is None:
            raise ValueError("a field without a fixed width takes bytes or text, not a number")
        return _unsigned(value, self.width)

    def problem(self, value: Any, values: Values) -> str | None:
        """What the standard does not allow about the value, None if nothing."""
        return None if self.rule is None else self.rule.problem(value, values)

    def meaning(self, value: Any, values: Values) -> str:  # noqa: ARG002
        """The value in words; "" if there is nothing to add."""
        return "" if self.words is None else self.words.of(value)

    def octets(self, stream: BinaryIO) -> bytes:
        """Read the bytes of the field from a stream; all that are left if its width depends on a length."""
        return stream.read() if self.width is None else stream.read(self.width)

    def take(self, reader: Reader, values: Values, path: str) -> Value:
        """The value of the field. Raises GiveUpError if there are too few bytes."""
        start = reader.position
        limit = reader.limit
        end = limit if self.width is None else start + self.width
        if end > limit:
            needed = counted(self.width or 0, "byte")
            reader.give_up(path, start, self.clause, problems.NO_ROOM.format(needed=needed, left=limit - start))
        reader.position = end
        value = self.read(reader.data[start:end])
        if reader.records is not None:
            reader.records.append((self, path, start, end, value, values))
        if self.checked and reader.tested:
            problem = self.problem(value, values)
            if problem is not None:
                self.deviate(reader, path, start, problem)
        return value

    def deviate(self, reader: Reader, path: str, offset: int, problem: str) -> None:
        """Record that the value of this field is wrong."""
        reader.deviate(path, offset, self.form_clause or self.clause, problem, structural=self.structural)

    def put(self, value: Any, writer: Writer, values: Values, path: str) -> None:  # noqa: ARG002
        """Write the override of this field if there is one, else the value, else the default."""
        raw = writer.override(self, path) if writer.overrides else None
        if raw is None:
            if value is None:
                value = self.default
            if value is None:
                raise EncodeError("no value given", path=path, clause=self.clause)
            try:
                raw = self.write(value)
            except ValueError as error:
                raise EncodeError(str(error), path=path, clause=self.clause) from None
        writer.output += raw

    def _sizeof(self, context: Values, path: str) -> int:  # noqa: ARG002
        if self.width is None:
            raise SizeofError("the width depends on a length", path=path)
        return self.width


class Integer(Leaf):
    """An unsigned number of 1, 2 or 4 bytes."""

    kind = "integer"
    width: int

    @property
    def format(self) -> str:
        """One of the unsigned integers of `struct`."""
        return _FORMATS[self.width]

    @property
    def converted(self) -> bool:
        """`struct` gives the number."""
        return False

    def read(self, raw: bytes) -> int:
        """The number."""
        return int.from_bytes(raw, "big")

    def write(self, value: Any) -> bytes:
        """The number in the width of the field."""
        if not isinstance(value, int):
            raise ValueError(f"{value!r} is not a number")
        return _unsigned(value, self.width)


class Length(Integer):
    """A number of bytes: of the field named `governs`, or of all that follows (`REST`) in the PDU or item.

    Computed when building.
    """

    kind = "length"

    def __init__(self, width: int, governs: str = REST, *, check: ValueRule | None = None, clause: str = "") -> None:
        super().__init__(width, clause=clause, check=check)
        self.governs = governs
        self.default = 0

    def meaning(self, value: Any, values: Values) -> str:  # noqa: ARG002
        """What the length covers."""
        size = counted(value, "byte")
        if self.governs:
            return problems.GOVERNS.format(size=size, governs=self.governs)
        return (problems.FOLLOWS if value == 1 else problems.FOLLOW).format(size=size)


class Const(Integer):
    """A type code, the same in each PDU or item of its layout."""

    kind = "const"
    structural = True

    def __init__(self, width: int, code: Code) -> None:
        super().__init__(width)
        self.code = code
        self.default = int(code)
        self.checked = True

    def problem(self, value: Any, values: Values) -> str | None:  # noqa: ARG002
        """A value other than the code."""
        return None if value == self.code else problems.NOT_THE_TYPE.format(value=value, code=int(self.code))

    def meaning(self, value: Any, values: Values) -> str:  # noqa: ARG002
        """The PDU or item that has this code."""
        return self.code.label if value == self.code else problems.ANOTHER_TYPE.format(label=self.code.label)


class Coded(Integer):
    """A number with a defined meaning.

    `codes` are the defined values. If those depend on an earlier field, `by` is its name and `codes`
    maps its values to them; for a value that is not in the mapping the code is not significant.
    """

    kind = "enum"

    def __init__(
        self,
        width: int,
        codes: type[Code] | Mapping[int, type[Code]],
        *,
        by: str = "",
        tested: bool = True,
        clause: str = "",
    ) -> None:
        if not isinstance(codes, Mapping):
            clause = clause or CLAUSES[codes]
        super().__init__(width, clause=clause)
        self.codes = codes
        self.by = by
        self.checked = tested

    def defined(self, values: Values) -> type[Code] | None:
        """The values that are defined here, None if the code is not significant here."""
        return self.codes.get(values[self.by]) if isinstance(self.codes, Mapping) else self.codes

    def problem(self, value: Any, values: Values) -> str | None:
        """A value that is not defined."""
        codes = self.defined(values)
        if codes is None or value in codes._value2member_map_:
            return None
        return problems.NOT_DEFINED.format(value=value)

    def meaning(self, value: Any, values: Values) -> str:
        """The meaning of the value."""
        codes = self.defined(values)
        return problems.NOT_SIGNIFICANT if codes is None else describe(codes, value)


class Reserved(Leaf):
    """Bytes that are sent as zero and not tested when received; a number if `width` is 1 or 2.

    A reserved field without a width ends its item and is zero bytes long when sent.
    """

    kind = "reserved"

    def __init__(self, width: int | None, *, clause: str = "") -> None:
        super().__init__(width, clause=clause)
        self._numeric = width in (1, 2)
        self.default = 0 if self._numeric else bytes(width or 0)

    @property
    def format(self) -> str:
        """Bytes, one or two of them as a number."""
        return _FORMATS[self.width or 0] if self._numeric else super().format

    @property
    def converted(self) -> bool:
        """`struct` gives a number, or bytes whose number must be tested before they are written."""
        return not self._numeric

    def read(self, raw: bytes) -> Value:
        """The bytes, one or two of them as a number."""
        return int.from_bytes(raw, "big") if self._numeric else raw

    def write(self, value: Any) -> bytes:
        """Bytes of the right number, or a number."""
        if self._numeric:
            return _unsigned(value, self.width or 0)
        raw = super().write(value)
        if self.width is not None and len(raw) != self.width:
            raise ValueError(f"is {counted(len(raw), 'byte')} long, must be {self.width}")
        return raw

    def meaning(self, value: Any, values: Values) -> str:  # noqa: ARG002
        """A note if the bytes are not zero, which is allowed."""
        return problems.NOT_TESTED if (value if self._numeric else any(value)) else ""


class Text(Leaf):
    """Characters of the ISO 646 basic G0 set, from `minimum` to `maximum` of them."""

    kind = "text"

    def __init__(self, minimum: int = 0, maximum: int | None = None) -> None:
        super().__init__(None)
        self.minimum = minimum
        self.maximum = maximum
        self.checked = True

    def read(self, raw: bytes) -> str:
        """One character per byte."""
        return raw.decode("latin-1")

    def write(self, value: Any) -> bytes:
        """One byte per character."""
        return _latin_1(value)

    def problem(self, value: Any, values: Values) -> str | None:  # noqa: ARG002
        """A wrong number of characters, or one that is not in the set."""
        if len(value) < self.minimum or (self.maximum is not None and len(value) > self.maximum):
            size = counted(len(value), "character")
            return problems.TEXT_SIZE.format(size=size, minimum=self.minimum, maximum=self.maximum)
        return None if G0_TEXT.fullmatch(value) else problems.NOT_G0


class AeTitle(Leaf):
    """An AE title of 16 bytes; trailing spaces are padding. Without `tested` it echoes what the peer sent."""

    kind = "ae_title"
    width: int

    def __init__(self, *, tested: bool = True) -> None:
        super().__init__(16)
        self.default = ""
        self.checked = tested

    def read(self, raw: bytes) -> str:
        """The title without trailing spaces."""
        return raw.decode("latin-1").rstrip(" ")

    def write(self, value: Any) -> bytes:
        """The title, padded with spaces to 16 bytes."""
        raw = _latin_1(value)
        if len(raw) > self.width:
            raise ValueError(f"is {counted(len(raw), 'character')} long, at most {self.width} fit")
        return raw.ljust(self.width)

    def write_override(self, value: int | str) -> bytes:
        """Text as a title."""
        return self.write(value) if isinstance(value, str) else super().write_override(value)

    def problem(self, value: Any, values: Values) -> str | None:  # noqa: ARG002
        """Only spaces, or a character that AE titles do not have."""
        if not value:
            return problems.ONLY_SPACES
        if "\\" in value:
            return problems.BACKSLASH
        return None if G0_TEXT.fullmatch(value) else problems.NOT_G0


def unpadded(uid: str) -> str:
    """A UID without the padding that PS3.8 Annex F forbids in PDUs, and some peers send."""
    return uid.rstrip(_PADDING)


def is_lawful_uid(uid: str) -> bool:
    """Whether it has the form and the length that PS3.8 Annex F requires."""
    return len(uid) <= LONGEST_UID and UID_FORM.fullmatch(uid) is not None


class Uid(Leaf):
    """A UID in the form of PS3.8 Annex F: digits and dots, not padded, at most 64 characters."""

    kind = "uid"
    form_clause = "PS3.8 Annex F"

    def __init__(self) -> None:
        super().__init__(None)
        self.checked = True

    def read(self, raw: bytes) -> str:
        """One character per byte, valid or not."""
        return raw.decode("latin-1")

    def write(self, value: Any) -> bytes:
        """One byte per character."""
        return _latin_1(value)

    def problem(self, value: Any, values: Values) -> str | None:  # noqa: ARG002
        """A form that PS3.8 Annex F does not allow."""
        if is_lawful_uid(value):
            return None
        if not value:
            return problems.UID_EMPTY
        if len(value) > LONGEST_UID:
            return problems.UID_TOO_LONG.format(size=len(value), longest=LONGEST_UID)
        if value[-1] in "\0 ":
            return problems.UID_PADDED
        if not UID_CHARACTERS.fullmatch(value):
            return problems.UID_CHARACTERS
        return problems.UID_COMPONENT

    def meaning(self, value: Any, values: Values) -> str:  # noqa: ARG002
        """The name that PS3.6 gives to the UID, "" if it gives none."""
        from pydicom.uid import UID  # only meanings need the dictionary

        name = UID(value, validation_mode=0).name
        return "" if name == value else str(name)


class Unparsed(Leaf):
    """Bytes that no field of the standard describes."""


def unparsed_leaf(clause: str, doc: str = "bytes that cannot be cut into the fields of the standard") -> Unparsed:
    """The leaf for bytes that no field describes."""
    leaf = Unparsed(None)
    leaf.bind("unparsed_bytes", doc, clause)
    return leaf


class Bytes(Leaf):
    """Bytes whose structure is not known here, up to the end that a length gives them."""

    def __init__(self, *, check: ValueRule | None = None) -> None:
        super().__init__(None, check=check)


def describe(codes: type[Code], value: int) -> str:
    """The description of a code, also of one that is not defined."""
    member = codes._value2member_map_.get(value)
    return member.description if isinstance(member, Code) else problems.UNDEFINED.format(value=value)


def _unsigned(value: int, width: int) -> bytes:
    try:
        return value.to_bytes(width, "big")
    except OverflowError:
        raise ValueError(
            f"{value} does not fit into {counted(width, 'byte')}: the range is 0 to {(1 << 8 * width) - 1}"
        ) from None


def _latin_1(value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text")
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(f"{value!r} has characters that take more than one byte") from None
