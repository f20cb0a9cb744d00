"""Text that has broken real parsers, for every field that holds text."""

from __future__ import annotations

from collections.abc import Callable

from dulcimer.fuzz.operators.operator import Edit, Operator, Spot, leaf_of, of_kind, set_octets
from dulcimer.fuzz.tree.paths import nodes_in
from dulcimer.fuzz.tree.shapes import LeafShape, Shape
from dulcimer.wire.fields import LONGEST_UID, Text

_FORMATS = (b"%n%n%n%n", b"%s%s%s%s%s%s%s%s", b"%x%x%x%x", b"%99999d", b"%1$n", b"%08x.%n", b"{0.__class__}", b"%%%")
_COMMANDS = (b"$(id)", b"`id`", b";id", b"|id", b"&&id", b"a'b", b'a"b', b"' OR '1'='1", b"--", b"<!--", b"$IFS", b"#")
_PATHS = (
    b"../../../etc/x", b"..", b".", b"/", b"/dev/null", b"..\\..\\x", b"C:\\x", b"\\\\host\\x", b"~", b"file:///x",
    b"CON", b"%2e%2e%2f", b"....//",
)  # fmt: skip
_CONTROLS = (b"\x1b[2J", b"\x07", b"\x08\x08", b"\x7f", b"\x00\x01\x02", b"\x1b]0;x\x07", b"\x0c", b"\x1a")
_LINES = (b"\n", b"\r", b"\r\n", b"\nERROR x", b"\r\n\r\n")
_UTF_8 = (b"\xef\xbb\xbf", b"\xc3\xa9", b"\xe2\x80\xae", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf0\x9f")
"""A byte order mark, a letter, a change of direction, and sequences that are not allowed."""
_HUGE = (256, 1024, 4096, 65_000, 500_000)
_TEXT_IN_BYTES = ("primary_field", "secondary_field", "server_response")
_WELL_KNOWN = (b"1.2.840.10008.1.1", b"1.2.840.10008.1.2.4.50", b"1.2.840.10008.3.1.1.1", b"1.2.840.10008.5.1.4.1.1.2")

_Value = Callable[[Spot, bytes], "bytes | None"]


def _text(value: _Value, *, fits: bool = True) -> Callable[[Spot], Edit | None]:
    """Text instead of the text of a field; if it `fits`, it is cut or padded as the field is."""

    def change(spot: Spot) -> Edit | None:
        shape = leaf_of(spot.node.shape)
        octets = value(spot, spot.octets)
        if octets is None:
            return None
        return set_octets(spot, _fitted(octets, shape) if fits else octets)

    return change


def _fitted(octets: bytes, shape: LeafShape) -> bytes:
    if shape.width is not None:
        return octets[: shape.width].ljust(shape.width)
    if shape.little and len(octets) % 2:
        return octets + (b"\0" if shape.kind == "uid" else b" ")
    return octets


def _with(*pieces: bytes) -> _Value:
    """One of the pieces, mostly the first, instead of the text, after it, before it, or in the middle."""

    def value(spot: Spot, octets: bytes) -> bytes:
        piece = pieces[0] if spot.choices.chance(1, 2) else spot.choices.pick(pieces)
        if spot.choices.chance(1, 2):
            text = octets.rstrip(b" \0")
            at = spot.choices.pick((len(text), 0, len(text) // 2))
            return text[:at] + piece + text[at:]
        return piece

    return value


def _longest(shape: LeafShape) -> int:
    if shape.width is not None:
        return shape.width
    if isinstance(shape.leaf, Text) and shape.leaf.maximum:
        return shape.leaf.maximum
    return LONGEST_UID


def _uid(length: int) -> bytes:
    """A UID of just this many characters, in the right form."""
    return (b"1.2." + b"34567890." * 8)[:length].rstrip(b".").ljust(length, b"9")


def _of_length(spot: Spot, length: int) -> bytes:
    return _uid(length) if spot.node.shape.kind == "uid" else b"A" * length


def _huge(spot: Spot, octets: bytes) -> bytes:  # noqa: ARG001
    return _of_length(spot, min(spot.choices.pick(_HUGE), max(spot.room, 1)))


def _high(spot: Spot, octets: bytes) -> bytes:
    """One byte beyond the default repertoire in the text, or many of them instead of it."""
    byte = bytes((spot.choices.integer(0x80, 0xFF),))
    return spot.choices.pick((octets[:1] + byte + octets[2:], byte * max(len(octets), 2), bytes(range(0x80, 0x100))))


def _other_uid(spot: Spot, octets: bytes) -> bytes:
    """Another UID, of the same tree or a well-known one."""
    found = {node.octets for _, node in nodes_in(spot.tree) if node.shape.kind == "uid"}
    return spot.choices.pick(sorted((found | set(_WELL_KNOWN)) - {octets, b""}))


def _leading(spot: Spot, octets: bytes) -> bytes:
    return b" " * spot.choices.integer(1, 3) + octets


def _trailing(spot: Spot, octets: bytes) -> bytes:
    """Blanks at the end, as padding or before padding."""
    return octets.rstrip(b" \0") + spot.choices.pick((b" ", b"  ", b"\t", b"\0", b"\0\0", b" x "))


def _is_text(shape: Shape) -> bool:
    return shape.kind in ("uid", "ae_title", "text") or (
        isinstance(shape, LeafShape) and shape.leaf is not None and shape.name in _TEXT_IN_BYTES
    )


_is_uid = of_kind("uid")

STRINGS = (
    Operator("string-empty", _is_text, _text(lambda _spot, _octets: b"")),
    Operator("string-format", _is_text, _text(_with(*_FORMATS)), variants=len(_FORMATS), is_notorious=True),
    Operator("string-command", _is_text, _text(_with(*_COMMANDS)), variants=len(_COMMANDS)),
    Operator("string-path", _is_text, _text(_with(*_PATHS)), variants=len(_PATHS), is_notorious=True),
    Operator("string-nul", _is_text, _text(_with(b"\0", b"\0\0", b"a\0b")), variants=3),
    Operator("string-line-end", _is_text, _text(_with(*_LINES)), variants=len(_LINES)),
    Operator("string-control", _is_text, _text(_with(*_CONTROLS)), variants=len(_CONTROLS)),
    Operator("string-high", _is_text, _text(_high), variants=3),
    Operator("string-utf-8", _is_text, _text(_with(*_UTF_8)), variants=len(_UTF_8)),
    Operator("string-backslash", _is_text, _text(_with(b"\\", b"\\\\", b"a\\b")), variants=3),
    Operator("string-wild-card", _is_text, _text(_with(b"*", b"?", b"*" * 16)), variants=3),
    Operator("string-leading-blank", _is_text, _text(_leading), variants=3),
    Operator("string-trailing-blank", _is_text, _text(_trailing), variants=6),
    Operator("string-blank", _is_text, _text(lambda _spot, octets: b" " * max(len(octets), 2))),
    Operator(
        "string-longest", _is_text, _text(lambda spot, _octets: _of_length(spot, _longest(leaf_of(spot.node.shape))))
    ),
    Operator(
        "string-too-long",
        _is_text,
        _text(lambda spot, _octets: _of_length(spot, _longest(leaf_of(spot.node.shape)) + 1), fits=False),
        is_notorious=True,
    ),
    Operator("string-huge", _is_text, _text(_huge, fits=False), variants=len(_HUGE), is_notorious=True),
    Operator("string-cut", _is_text, _text(lambda _spot, octets: octets[:-1] if octets else None, fits=False)),
    Operator("uid-other", _is_uid, _text(_other_uid), variants=4),
    Operator(
        "uid-letters", _is_uid, _text(_with(b"a", b"1.2.x", b"1,2", b"1.2 .3", b"-1.2")), "PS3.8 Annex F", variants=5
    ),
    Operator("uid-leading-zero", _is_uid, _text(lambda _spot, octets: b"1.02." + octets[:50]), "PS3.8 Annex F"),
    Operator("uid-empty-component", _is_uid, _text(_with(b"1..2", b".", b"..", b".1")), "PS3.8 Annex F", variants=4),
    Operator(
        "uid-large-component",
        _is_uid,
        _text(_with(b".99999999999999999999999", b".4294967296")),
        "PS3.8 Annex F",
        variants=2,
    ),
    Operator("uid-padded", _is_uid, _text(lambda _spot, octets: octets + b"\0\0", fits=False), "PS3.8 Annex F"),
)
