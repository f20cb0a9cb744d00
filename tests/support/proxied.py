"""A connection through the proxy without sockets: between two of our own stacks in memory, or driven by a test."""

from __future__ import annotations

from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fsm.primitives import AssociateRequest
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.proxy.events import DirectionEnded, EndIsSilent, PduSeen, PeerDeviation, Told
from dulcimer.fuzz.proxy.following import ProxyJudgements
from dulcimer.fuzz.proxy.link import EndLink, ForwardAction, ForwardBytes, LinkSettings, ProxiedLink
from dulcimer.fuzz.proxy.rule_language import parse_rule
from dulcimer.fuzz.proxy.witness import LinkWitness
from dulcimer.transport.memory import Cut, MemoryStream, settle
from dulcimer.transport.streams import Stream
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Buffer
from support.associations import RQ
from support.driven import NumberClock
from support.fuzz_talks import Decide, Target

CLIENT, SERVER = LinkEnd.CLIENT, LinkEnd.SERVER
JUDGEMENTS = ProxyJudgements()
BYTES = {
    name: encode(plain_pdu(name, Titles()))
    for name in ("A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "A-RELEASE-RQ", "A-RELEASE-RP", "A-ABORT")
}


def settings_of(*rules: str, seed: int = 0, silence: float = 10.0) -> LinkSettings:
    """The settings with these rules."""
    return LinkSettings(tuple(map(parse_rule, rules)), seed, silence)


def link_of(*rules: str, seed: int = 0, witness: LinkWitness | None = None) -> ProxiedLink:
    """A link that was opened at 0."""
    return ProxiedLink(1, settings_of(*rules, seed=seed), JUDGEMENTS, 0.0, ("c:1", "s:2"), witness)


def given_to(end: LinkEnd, actions: list[ForwardAction]) -> bytes:
    """The bytes that an end is given."""
    return b"".join(one.data for one in actions if isinstance(one, ForwardBytes) and one.to is end)


def deviations_in(told: list[Told]) -> list[PeerDeviation]:
    """All deviations of these events."""
    return [each for one in told if isinstance(one, PduSeen | DirectionEnded | EndIsSilent) for each in one.deviations]


class _StreamEnd:
    """The proxy's side of the connection to one end."""

    def __init__(self, talk: ProxiedTalk, end: LinkEnd) -> None:
        self._talk = talk
        self._end = end

    def connected(self, stream: Stream) -> None:
        pass

    def data_received(self, data: Buffer) -> None:
        self._talk.took[self._end] += data
        self._talk.link.receive_data(self._end, bytes(data), self._talk.clock.now)
        self._talk.act()

    def writable(self) -> None:
        pass

    def disconnected(self, error: Exception | None) -> None:
        self._talk.link.receive_end(self._end, self._talk.clock.now)
        self._talk.act()


class ProxiedTalk:
    """Two of our own stacks, whose users do what a test says, with the proxy between them."""

    def __init__(self, decide: Decide, settings: LinkSettings, cut: Cut = int) -> None:
        self.clock = NumberClock()
        self.link = ProxiedLink(1, settings, JUDGEMENTS, 0.0, ("c:1", "s:2"))
        self.told: list[Told] = []
        self.took = {end: bytearray() for end in LinkEnd}
        self.gave = {end: bytearray() for end in LinkEnd}
        self._cut = cut
        self.targets = {end: Target(end.role, decide, self.clock) for end in LinkEnd}
        client = self.targets[CLIENT]
        client.driver.send(AssociateRequest(RQ))
        client.upper_layer.open_requested = False
        self._streams: dict[LinkEnd, MemoryStream] = {}
        there: list[MemoryStream] = []
        for end, target in self.targets.items():
            self._streams[end], other = MemoryStream.pair()
            there.append(other)
            other.attach(target.driver)
            self._streams[end].attach(_StreamEnd(self, end))
        self._all = (*self._streams.values(), *there)

    def run(self, seconds: float = 0.0) -> None:
        """Until nothing is on its way; then the clock goes on for so long."""
        settle(*self._all, cut=self._cut)
        while self.clock.turn():
            settle(*self._all, cut=self._cut)
        if seconds:
            self.clock.go_to(self.clock.now + seconds)
            self.link.handle_timeout(self.clock.now)
            self.act()
            self.run()

    def act(self) -> None:
        """Do what the link asks for."""
        for action in self.link.actions():
            if isinstance(action, ForwardBytes):
                self.gave[action.to] += action.data
                self._streams[action.to].write((action.data,))
            elif isinstance(action, EndLink):
                for stream in self._streams.values():
                    stream.close()
            else:
                self._streams[action.to].close()
        self.told += self.link.told()
