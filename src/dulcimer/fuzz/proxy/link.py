"""One connection through the proxy, without sockets and clocks: bytes and `now` in, bytes to forward and events out.

No rule concerns a direction: its bytes are forwarded as they come, and cut into PDUs only for those who watch. Some
rule does: its PDUs are held until they are whole, since a rule is about a PDU. One that is too long to be held passes
in any case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from dulcimer.conformance.model.seen import pdu_name
from dulcimer.fuzz.choices import Choices, SeededChoices
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.oracle.reading import EVENT_OF_TYPE
from dulcimer.fuzz.proxy.applying import applied_to, effect_in_words, sent_together
from dulcimer.fuzz.proxy.cutting import LongPdu, LongPduBegins, Passing, PduDivider, WholePdu
from dulcimer.fuzz.proxy.events import (
    DirectionEnded,
    EndIsSilent,
    LinkEnded,
    LinkOpened,
    PduSeen,
    PeerDeviation,
    Told,
)
from dulcimer.fuzz.proxy.following import EndFollower, ProxyJudgements, abridged, states_of
from dulcimer.fuzz.proxy.forwarding import MOST_WAITING, ForwardQueue, WaitingBytes, WaitingEnd
from dulcimer.fuzz.proxy.messages import PduSense
from dulcimer.fuzz.proxy.rules import FaultRule, RuleCounter
from dulcimer.fuzz.proxy.witness import LinkWitness
from dulcimer.fuzz.sequences.faults import Coalesce
from dulcimer.fuzz.sequences.steps import Chunks, FuzzStep, SendBytes


@dataclass(frozen=True, slots=True)
class ForwardBytes:
    """Send these bytes to an end."""

    to: LinkEnd
    data: bytes


@dataclass(frozen=True, slots=True)
class ForwardEnd:
    """Close the direction to an end."""

    to: LinkEnd


@dataclass(frozen=True, slots=True)
class EndLink:
    """Close the connections to both ends, with RST if `reset`."""

    reset: bool = False


ForwardAction: TypeAlias = ForwardBytes | ForwardEnd | EndLink


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """What a connection is to do.

    - `rules`, in their order, and the `seed` of all chance in them.
    - `silence`: seconds after which an end counts as silent if something is due. `linger`: seconds that the second
      end has to close the connection after the first one.
    """

    rules: tuple[FaultRule, ...] = ()
    seed: int = 0
    silence: float = 10.0
    linger: float = 60.0


@dataclass
class _Direction:
    """The way from one end to the other. `rules`: whether there are some for it."""

    sender: LinkEnd
    rules: bool
    divider: PduDivider = field(default_factory=PduDivider)
    queue: ForwardQueue = field(default_factory=ForwardQueue)
    counter: RuleCounter = field(default_factory=RuleCounter)
    count: int = 0
    passed: int = 0
    """Bytes of an incomplete PDU that are forwarded already."""
    followed: int = 0
    """Those of them that the follower of the receiver knows."""
    stand_in: bytes = b""
    held: list[FuzzStep] = field(default_factory=list)
    held_pdus: tuple[bytes, ...] = ()
    held_until: float | None = None
    ended: bool = False


class ProxiedLink:
    """Connection `number`, opened at `now` by `client`."""

    def __init__(
        self,
        number: int,
        settings: LinkSettings,
        judgements: ProxyJudgements,
        now: float,
        names: tuple[str, str],
        witness: LinkWitness | None = None,
    ) -> None:
        self.number = number
        self._settings = settings
        self._witness = witness
        self._followers = {end: EndFollower(end, judgements.referee(end)) for end in LinkEnd}
        self._ways = {end: _Direction(end, any(rule.may_concern(end) for rule in settings.rules)) for end in LinkEnd}
        self._active = dict.fromkeys(LinkEnd, now)
        self._was_silent = dict.fromkeys(LinkEnd, False)
        self._actions: list[ForwardAction] = []
        self._told: list[Told] = [LinkOpened(number, now, *names, states_of(self._followers))]
        self.is_over = False

    # ------------------------------------------------------------------ what happens

    def receive_data(self, sender: LinkEnd, data: bytes, now: float) -> None:
        """Bytes have come from an end."""
        if self.is_over:
            return
        self._is_active(sender, now)
        if self._witness is not None:
            self._witness.came(sender, data, now)
        way, settings = self._ways[sender], self._settings
        for part in way.divider.divide(data):
            match part:
                case WholePdu(data=pdu):
                    self._whole(way, pdu, now)
                case LongPduBegins(beginning=beginning):
                    self._release(way, now)
                    way.stand_in = abridged(beginning) or beginning
                case Passing(data=piece):
                    way.queue.put(now, WaitingBytes(piece[way.passed :], stand_in=way.stand_in))
                    way.stand_in, way.passed, way.followed = b"", 0, 0
                case LongPdu(beginning=beginning, size=size):
                    sense, deviations = self._followers[sender].sent_long(beginning)
                    named = (pdu_name(beginning),)
                    wanted = any(rule.may_concern(sender) and rule.fits(named) for rule in settings.rules)
                    faults = ("too long to be held: no fault",) if wanted else ()
                    self._tell(way, beginning, size, sense, faults, deviations, now)
        if not way.rules:
            self._pass_rest(way, now)
        self._forward(now)

    def receive_end(self, sender: LinkEnd, now: float, *, reset: bool = False) -> None:
        """An end has closed its direction, or reset the connection."""
        way = self._ways[sender]
        if self.is_over or way.ended:
            return
        self._is_active(sender, now)
        if self._witness is not None:
            self._witness.ended(sender, now, reset=reset)
        way.ended = True
        self._release(way, now)
        self._pass_rest(way, now)
        remains = way.divider.incomplete
        deviations = self._followers[sender].ended(remains, reset=reset)
        if reset:
            self._ways[sender.opposite].queue.drop()
        way.queue.put(now, WaitingEnd(reset=reset, both=reset))
        place = len(self._told)
        self._forward(now)
        states = states_of(self._followers)
        self._told.insert(place, DirectionEnded(self.number, now, sender, reset, len(remains), states, deviations))
        self._end_if_done(now)

    def handle_timeout(self, now: float) -> None:
        """Do what is due at `now`."""
        for way in self._ways.values():
            if way.held_until is not None and way.held_until <= now:
                self._release(way, now)
        self._forward(now)
        if self.is_over:
            return
        for end in LinkEnd:
            if self._may_be_silent(end) and now >= self._active[end] + self._settings.silence:
                self._was_silent[end] = True
                deviations = self._followers[end].silent()
                if deviations:
                    states = states_of(self._followers)
                    self._told.append(EndIsSilent(self.number, now, end, now - self._active[end], states, deviations))
        if (late := self._linger_until()) is not None and now >= late:
            seconds = f"{self._settings.linger:g} s"
            self.end(now, f"one end had closed it, the other one has not within {seconds}")

    def end(self, now: float, why: str, *, reset: bool = False) -> None:
        """End the connection to both ends."""
        if not self.is_over:
            self._end(now, why, reset=reset)

    # ------------------------------------------------------------------ what is to be done

    def actions(self) -> list[ForwardAction]:
        """What to do now, in this order; each is given once. Bytes for the same end are put together."""
        found: list[ForwardAction] = []
        pieces: list[bytes] = []
        for position, one in enumerate(self._actions):
            if not isinstance(one, ForwardBytes):
                found.append(one)
                continue
            pieces.append(one.data)
            following = self._actions[position + 1] if position + 1 < len(self._actions) else None
            if not (isinstance(following, ForwardBytes) and following.to is one.to and not self._ways[one.to].rules):
                found.append(ForwardBytes(one.to, b"".join(pieces)))
                pieces.clear()
        self._actions.clear()
        return found

    def told(self) -> list[Told]:
        """What has happened since the last call."""
        found, self._told = self._told, []
        return found

    def next_deadline(self) -> float | None:
        """When `handle_timeout` has something to do, in the seconds of `now`; None if there is nothing to wait for."""
        if self.is_over:
            return None
        times = [time for way in self._ways.values() for time in (way.queue.next_due(), way.held_until)]
        times += [self._active[end] + self._settings.silence for end in LinkEnd if self._may_be_silent(end)]
        times.append(self._linger_until())
        return min((time for time in times if time is not None), default=None)

    def wants_data(self, sender: LinkEnd) -> bool:
        """Whether bytes of this end can be taken: not if too many already wait to be forwarded."""
        return self._ways[sender].queue.size < MOST_WAITING

    # ------------------------------------------------------------------ PDUs

    def _whole(self, way: _Direction, pdu: bytes, now: float) -> None:
        """A PDU is complete."""
        way.count += 1
        sense, deviations = self._followers[way.sender].sent(pdu, now)
        faults: tuple[str, ...] = ()
        if not way.rules:
            way.queue.put(now, WaitingBytes(pdu[way.passed :], (pdu,), stand_in=pdu[way.followed :]))
            way.passed = way.followed = 0
        else:
            faults = self._with_rules(way, pdu, sense, now)
        self._forward(now)
        self._tell(way, pdu, len(pdu), sense, faults, deviations, now)

    def _pass_rest(self, way: _Direction, now: float) -> None:
        """Forward the bytes of a PDU that is not complete. Only when its size is known it can be followed."""
        rest = way.divider.pending_from(way.passed)
        known = way.divider.pending_from(way.followed) if way.divider.is_measured else b""
        if rest:
            way.queue.put(now, WaitingBytes(rest, stand_in=known))
            way.passed += len(rest)
            way.followed += len(known)

    def _with_rules(self, way: _Direction, pdu: bytes, sense: PduSense, now: float) -> tuple[str, ...]:
        """Forward a PDU as the rules say; what they did."""
        name = pdu_name(pdu)
        named = (name,) if sense.command is None else (name, sense.kind)
        steps: tuple[FuzzStep, ...] = (SendBytes(pdu, name),)
        done: list[str] = []
        wait: Coalesce | None = None
        for number, rule in enumerate(self._settings.rules):
            if not rule.may_concern(way.sender) or not rule.fits(named):
                continue
            choices = self._choices(way, number)
            if not way.counter.applies(number, rule, choices):
                continue
            changed = tuple(after for step in steps for after in applied_to(rule, step, choices))
            if changed != steps or isinstance(rule.action, Coalesce):
                done.append(effect_in_words(rule, steps, changed))
            steps = changed
            wait = rule.action if isinstance(rule.action, Coalesce) else wait
        if [step.data for step in steps if isinstance(step, SendBytes | Chunks)] != [pdu]:
            self._followers[way.sender.opposite].given_otherwise()
        way.held_pdus += (pdu,)
        way.held = sent_together(way.held, steps)
        if wait is not None and way.held_until is None:
            way.held_until = now + wait.seconds
        else:
            self._release(way, now, "; ".join(done))
        return tuple(done)

    def _release(self, way: _Direction, now: float, why: str = "") -> None:
        """Forward what has waited for the next PDU."""
        way.held_until = None
        if way.held or way.held_pdus:
            way.queue.put_steps(now, way.held, way.held_pdus, why)
            way.held, way.held_pdus = [], ()

    def _choices(self, way: _Direction, rule: int) -> Choices:
        """The chance of one rule for one PDU: it does not depend on other connections, or on time."""
        place = f"{self._settings.seed}/{self.number}/{way.sender}/{way.count}/{rule}"
        return SeededChoices(place.encode())

    def _tell(
        self,
        way: _Direction,
        beginning: bytes,
        size: int,
        sense: PduSense,
        faults: tuple[str, ...],
        deviations: Sequence[PeerDeviation],
        now: float,
    ) -> None:
        follower = self._followers[way.sender]
        self._told.append(
            PduSeen(
                self.number,
                now,
                way.sender,
                pdu_name(beginning),
                size,
                sense.words,
                states_of(self._followers),
                sense.is_data,
                faults,
                tuple(deviations),
                bool(follower.states) and beginning[0] in EVENT_OF_TYPE,
            )
        )

    # ------------------------------------------------------------------ forwarding, and the end

    def _forward(self, now: float) -> None:
        """Take all out of the queues that is due."""
        for way in self._ways.values():
            receiver = way.sender.opposite
            follower = self._followers[receiver]
            while not self.is_over and (one := way.queue.due(now)) is not None:
                if isinstance(one, WaitingEnd):
                    self._forward_end(one, receiver, now)
                    continue
                follower.given(one.followed, changed=one.changed)
                for pdu in one.pdus:
                    follower.given_pdu(pdu)
                if one.data:
                    self._is_active(receiver, now)
                    self._actions.append(ForwardBytes(receiver, one.data))
                    if self._witness is not None:
                        self._witness.gave(receiver, one.data, one.note, now)

    def _forward_end(self, one: WaitingEnd, receiver: LinkEnd, now: float) -> None:
        if one.both:
            self._end(now, one.by_proxy, reset=one.reset)
            return
        self._followers[receiver].given_the_end()
        self._actions.append(ForwardEnd(receiver))
        if self._witness is not None:
            self._witness.gave_end(receiver, now, reset=False)
        self._end_if_done(now)

    def _end_if_done(self, now: float) -> None:
        """Both ends have closed, and know it of each other."""
        done = all(way.ended and way.queue.is_closed and way.queue.next_due() is None for way in self._ways.values())
        if done and not self.is_over:
            self._end(now, "")

    def _end(self, now: float, why: str, *, reset: bool = False) -> None:
        self.is_over = True
        for way in self._ways.values():
            way.queue.drop()
            if self._witness is not None and not way.queue.is_closed:
                self._witness.gave_end(way.sender.opposite, now, reset=reset)
        self._actions.append(EndLink(reset))
        self._told.append(LinkEnded(self.number, now, why))

    def _is_active(self, end: LinkEnd, now: float) -> None:
        self._active[end] = now
        self._was_silent[end] = False

    def _may_be_silent(self, end: LinkEnd) -> bool:
        return not self._was_silent[end] and not self._ways[end].ended

    def _linger_until(self) -> float | None:
        """Until when the second end may keep the connection; None as long as no end has closed it."""
        if not any(way.queue.is_closed and way.queue.next_due() is None for way in self._ways.values()):
            return None
        return max(self._active.values()) + self._settings.linger
