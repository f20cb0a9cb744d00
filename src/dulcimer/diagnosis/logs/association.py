"""One association of a log: parts of facts come line by line, facts come out in the end."""

from __future__ import annotations

from dulcimer._generated.commands import MESSAGES
from dulcimer.diagnosis.evidence.conversations import SeenConnection
from dulcimer.diagnosis.evidence.facts import (
    AbortSeen,
    AcceptanceSeen,
    ConnectFailure,
    ConnectFailureKind,
    ConnectionClosed,
    ForeignBytes,
    LogRemark,
    MessageSeen,
    RejectionSeen,
    ReleaseSeen,
    RequestSeen,
    SeenContext,
    SeenFact,
    SeenPlace,
    TlsAlertSeen,
)
from dulcimer.diagnosis.logs.naming import uid_of
from dulcimer.wire.other_protocols import recognise

_FIELDS = {info.name: info.command_field for info in MESSAGES.values()}
_RESPONSE = 0x8000
_MOST_REMARKS = 100
_TLS_RECORDS = (0x15, 0x16)
_ASCII = range(0x20, 0x7F)


class LoggedAssociation:
    """What is known so far of one association."""

    def __init__(self, connection: SeenConnection, *, is_requestor: bool | None) -> None:
        self.connection = connection
        self.is_requestor = is_requestor
        self.has_begun = False
        self.in_answer = False
        self.titles: dict[str, str] = {}
        self.asked: list[SeenContext] = []
        self.results: list[SeenContext] = []
        self.request_place: SeenPlace | None = None
        self.answer_place: SeenPlace | None = None
        self.source: str | None = None
        self.ends_itself = False
        self._messages = 0
        self._remarks = 0

    @property
    def facts(self) -> list[SeenFact]:
        """The facts so far."""
        return self.connection.facts

    @property
    def is_used(self) -> bool:
        """Whether anything is known of it beside that it begins."""
        return bool(self.facts or self.answer_place)

    @property
    def peer(self) -> bool | None:
        """`by_client` of what the other end does."""
        return None if self.is_requestor is None else not self.is_requestor

    # Parts of the negotiation

    def context(self, number: int, result: int | None, place: SeenPlace) -> None:
        """A presentation context begins: a proposed one, or one with its result."""
        if result is None:
            self.request_place = self.request_place or place
            self.asked.append(SeenContext(number, ""))
        else:
            self.answer_place = self.answer_place or place
            self.results.append(SeenContext(number, "", (), result))

    def abstract(self, name: str) -> None:
        """The abstract syntax of the context that began last."""
        held = self._held()
        if held:
            last = held[-1]
            held[-1] = SeenContext(last.number, uid_of(name), last.syntaxes, last.result, last.accepted)

    def syntax(self, name: str, *, accepted: bool) -> None:
        """A transfer syntax of the context that began last."""
        held = self._held()
        if not held:
            return
        last, uid = held[-1], uid_of(name)
        if accepted:
            held[-1] = SeenContext(last.number, last.abstract, last.syntaxes, last.result, uid)
        elif last.result is None:
            held[-1] = SeenContext(last.number, last.abstract, (*last.syntaxes, uid))

    def _held(self) -> list[SeenContext]:
        return self.results if self.in_answer and self.results else self.asked

    # Whole facts

    def fails(self, how: str, place: SeenPlace) -> None:
        """There is no connection."""
        self.facts.append(ConnectFailure(place=place, how=ConnectFailureKind(how)))

    def rejected(self, values: dict[str, str], place: SeenPlace) -> None:
        """A rejection, the first one only: logs tell it more than once."""
        if self.connection.first(RejectionSeen) is None:
            numbers = (int(values[name]) for name in ("result", "source", "reason"))
            result, source, reason = numbers
            self.facts.append(RejectionSeen(place=place, result=result, source=source, reason=reason))

    def aborted(self, values: dict[str, str], place: SeenPlace) -> None:
        """An abort, the first one only."""
        if self.connection.first(AbortSeen) is not None or self.connection.first(RejectionSeen) is not None:
            return
        by = values.get("by", "")
        if "arrow" in values:
            by = "peer" if values["arrow"] == ">>" else "self"
        by_client = self.peer if by == "peer" else self.is_requestor if by == "self" else None
        source = values.get("source", self.source)
        reason = values.get("reason", "")
        self.facts.append(
            AbortSeen(
                place=place,
                by_client=by_client,
                source=None if source is None else int(source),
                reason=int(reason) if reason.isdecimal() else None,
            )
        )
        self.connection.is_over = True

    def lost(self, place: SeenPlace) -> None:
        """The connection is lost, or closed by the peer."""
        if self.connection.first(ConnectionClosed) is None and self.connection.first(ReleaseSeen) is None:
            self.facts.append(ConnectionClosed(place=place, by_client=self.peer, by_reset=False))

    def released(self, place: SeenPlace) -> None:
        """A release."""
        if self.connection.first(ReleaseSeen) is None:
            self.facts.append(ReleaseSeen(place=place, by_client=None))

    def asks(self, name: str, place: SeenPlace, destination: str = "") -> None:
        """A request, by the name of its service in the log."""
        field = _FIELDS.get(_service(name) + "-RQ")
        if field is not None:
            self._messages += 1
            message = MessageSeen(
                place=place, by_client=True, command_field=field, message_id=self._messages, destination=destination
            )
            self.facts.append(message)

    def goes_to(self, destination: str) -> None:
        """The destination of the C-MOVE that was asked for last."""
        last = self._last_request("C-MOVE")
        if last is not None:
            number = self.facts.index(last)
            self.facts[number] = MessageSeen(
                place=last.place,
                by_client=True,
                command_field=last.command_field,
                message_id=last.message_id,
                destination=destination,
            )

    def answers(self, values: dict[str, str], place: SeenPlace) -> None:
        """A response."""
        service = _service(values.get("command", ""))
        status = _status(values)
        field = _FIELDS.get(service + "-RQ")
        if field is None or status is None:
            return
        request = self._last_request(service)
        if request is None:
            self.asks(service, place)
            request = self._last_request(service)
        counters = (None, *(int(values[name]) if name in values else None for name in ("completed", "failed")), None)
        self.facts.append(
            MessageSeen(
                place=place,
                by_client=False,
                command_field=field | _RESPONSE,
                message_id=request.message_id if request else 0,
                status=status,
                counters=counters,  # type: ignore[arg-type]  # four of them, as written
            )
        )

    def counts(self, values: dict[str, str]) -> None:
        """Counters of the response that came last."""
        last = next(
            (one for one in reversed(self.facts) if isinstance(one, MessageSeen) and one.status is not None), None
        )
        if last is None:
            return
        remaining, completed, failed, warning = last.counters
        completed = int(values["completed"]) if "completed" in values else completed
        failed = int(values["failed"]) if "failed" in values else failed
        number = self.facts.index(last)
        self.facts[number] = MessageSeen(
            place=last.place,
            by_client=last.by_client,
            command_field=last.command_field,
            message_id=last.message_id,
            status=last.status,
            counters=(remaining, completed, failed, warning),
        )

    def foreign(self, values: dict[str, str], place: SeenPlace) -> None:
        """The other end has sent something that begins with no PDU-type."""
        if self.connection.first(ForeignBytes) is not None:
            return
        if values.get("side") == "acceptor":
            self.is_requestor = False
        first = int(values["decimal"]) if "decimal" in values else int(values["type"], 16)
        found = recognise(bytes((first, 3, 1, 0))) if first in _TLS_RECORDS else None
        shown = f" ({chr(first)!r})" if first in _ASCII else ""
        name = found.name if found else "HTTP" if first == ord("H") else ""
        what = f"a first byte of {first:02X}H{shown}"
        self.facts.append(ForeignBytes(place=place, by_client=bool(self.peer), name=name, what=what))

    def tls(self, words: str, place: SeenPlace) -> None:
        """A failure of TLS."""
        self.facts.append(ForeignBytes(place=place, by_client=True, name="TLS", what="TLS"))
        self.facts.append(TlsAlertSeen(place=place, by_client=None, words=words))

    def remark(self, line: str, values: dict[str, str], place: SeenPlace) -> None:
        """A line that says something by itself."""
        self._remarks += 1
        if self._remarks <= _MOST_REMARKS:
            self.facts.append(LogRemark(place=place, line=line, values=tuple(values.items())))

    def _last_request(self, service: str) -> MessageSeen | None:
        field = _FIELDS.get(service + "-RQ")
        found = (one for one in reversed(self.facts) if isinstance(one, MessageSeen) and one.status is None)
        return next((one for one in found if one.command_field == field), None)

    def finish(self) -> None:
        """Put what is known of the negotiation before the other facts."""
        self.connection.is_served = self.is_requestor is False
        known = {one.number: one for one in self.asked}
        failed = self.connection.first(ConnectFailure) is not None
        if self.titles or self.asked or self.request_place or (self.has_begun and not failed):
            place = self.request_place or self.connection.began
            called, calling = self.titles.get("called", ""), self.titles.get("calling", "")
            request = RequestSeen(
                place=place, called=_bytes(called), calling=_bytes(calling), contexts=tuple(self.asked)
            )
            self.facts.insert(0, request)
        if self.answer_place is not None:
            contexts = []
            for one in self.results:
                asked = known.get(one.number)
                abstract = one.abstract or (asked.abstract if asked else "")
                syntaxes = asked.syntaxes if asked else ()
                contexts.append(SeenContext(one.number, abstract, syntaxes, one.result, one.accepted))
            after = int(self.connection.first(RequestSeen) is not None)
            self.facts.insert(after, AcceptanceSeen(place=self.answer_place, contexts=tuple(contexts)))


def _service(name: str) -> str:
    """`C-MOVE` of `Move`, `C-Move` and `C-MOVE`."""
    return "C-" + name.upper().removeprefix("C-")


_WORDS = {"success": 0}


def _status(values: dict[str, str]) -> int | None:
    if "status" in values:
        return int(values["status"], 16)
    return _WORDS.get(values.get("words", "").lower())


def _bytes(title: str) -> bytes:
    return title.encode("utf-8").ljust(16) if title else b""
