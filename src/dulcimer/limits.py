"""How much is accepted from peers: every such limit, its default, and what it limits.

Normal peers never reach these limits; each one prevents a single message, or file, from taking the memory and the time
of all others. `docs/guide/serve.md` has the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

_KIB, _MIB = 1 << 10, 1 << 20


@dataclass(frozen=True, slots=True)
class DataSetLimits:
    """The limits for a data set to be decoded: bytes (as received, and inflated), elements, items, depth.

    `length` and `inflated` in bytes. `elements` and `items` count those of sequences, too, `depth` is how deeply
    sequences may be nested, `values` is for the backslashes, which separate the values of text. `name` is the prefix of
    these limits in `Limits`.
    """

    name: str
    length: int
    inflated: int
    elements: int
    items: int
    depth: int
    values: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of an application entity or a server; lengths in bytes."""

    identifier_length: int = _MIB
    """An Identifier of C-FIND, C-GET, C-MOVE, as received and inflated: some 16,000 UIDs."""
    identifier_elements: int = 5_000
    """Elements of an Identifier, including those in items."""
    identifier_items: int = 1_000
    """Sequence items of an Identifier: the standard has one in each sequence (PS3.4 C.2.2.2.6)."""
    identifier_values: int = 50_000
    """Text values in an Identifier, counted by the backslashes between them."""
    information_length: int = 4 * _MIB
    """A data set of an N-service, or of a response, as received and inflated: commitment of 25,000 instances."""
    information_elements: int = 100_000
    """Elements of such a data set."""
    information_items: int = 40_000
    """Sequence items of such a data set."""
    information_values: int = 200_000
    """Text values in such a data set."""
    instance_length: int = 1024 * _MIB
    """An instance that is received into memory, for a handler of EVT_C_STORE; into files there is no limit."""
    instance_inflated: int = 256 * _MIB
    """A deflated instance after inflation, when it is decoded in memory."""
    instance_elements: int = 2_000_000
    """Elements of an instance that is decoded."""
    instance_items: int = 500_000
    """Sequence items of an instance that is decoded."""
    depth: int = 64
    """Sequences inside each other, of any data set."""
    messages_length: int = 128 * _MIB
    """Data sets in memory that are not answered yet, of all associations; instances do not count."""
    index_elements: int = 20_000
    """Elements and items of an instance that are read for the index, from its beginning."""
    index_items: int = 1_000
    """Items of a sequence that is kept in the index."""
    rewrite_length: int = 32 * _MIB
    """An instance that is rewritten in another transfer syntax for a peer, its long values left out."""
    rewrite_elements: int = 500_000
    """Elements of such an instance."""
    rewrite_items: int = 100_000
    """Sequence items of such an instance."""
    rewrite_inflated: int = 512 * _MIB
    """Such an instance after inflation, if it is deflated."""
    commitment_references: int = 50_000
    """Instances in all storage commitment requests that are not reported on yet."""
    passwords: int = 64
    """Passwords that wait to be compared, two at a time, by the server of an archive."""
    association_length: int = 384 * _KIB
    """PDU-length of an A-ASSOCIATE-RQ or -AC: 128 contexts with all 59 transfer syntaxes, roles for each, an assertion
    of a user of 58 kB."""
    association_items: int = 12_288
    """Items and sub-items of such a PDU: 128 contexts with all transfer syntaxes have some 8,300."""
    fragments: int = 128
    """Presentation data values in one P-DATA-TF: all are of one message (PS3.8 E.1), and more than two are rare."""
    aborts: int = 10
    """A-ABORTs for a peer that continues to send invalid PDUs (AA-7 in Sta13); then its bytes are ignored."""
    unread_length: int = 64 * _KIB
    """Bytes of answers that a peer has not read; beyond this nothing is read from it until it has."""
    connections: int = 2000
    """Connections of a server, with and without an association."""
    handshakes: int = 100
    """TLS handshakes of a server that are in progress."""

    @property
    def identifier(self) -> DataSetLimits:
        """The limits of an Identifier of a request."""
        length = self.identifier_length
        most = self.identifier_elements, self.identifier_items, self.depth, self.identifier_values
        return DataSetLimits("identifier", length, length, *most)

    @property
    def information(self) -> DataSetLimits:
        """The limits of a data set of an N-service, and of a response."""
        length = self.information_length
        most = self.information_elements, self.information_items, self.depth, self.information_values
        return DataSetLimits("information", length, length, *most)

    @property
    def instance(self) -> DataSetLimits:
        """The limits of an instance that is decoded in memory."""
        return DataSetLimits(
            "instance",
            self.instance_length,
            self.instance_inflated,
            self.instance_elements,
            self.instance_items,
            self.depth,
        )

    @property
    def rewriting(self) -> DataSetLimits:
        """The limits of an instance that is rewritten, without its long values."""
        length = self.rewrite_length
        return DataSetLimits("rewrite", length, length, self.rewrite_elements, self.rewrite_items, self.depth)

    def but(self, wishes: Iterable[str]) -> Limits:
        """A copy with other values, each as `NAME=NUMBER` with hyphens in the name. Raises ValueError."""
        names = {field.name.replace("_", "-"): field.name for field in fields(self)}
        given: dict[str, int] = {}
        for wish in wishes:
            name, _, text = wish.partition("=")
            field = names.get(name.strip())
            if field is None:
                raise ValueError(f"there is no limit {name.strip()!r}; the limits are {', '.join(sorted(names))}")
            if not text.strip().isdecimal() or int(text) < 1:
                raise ValueError(f"{name.strip()} must be a number of 1 or more, not {text.strip()!r}")
            given[field] = int(text)
        return replace(self, **given)


DEFAULTS = Limits()
"""The limits unless others are set."""
