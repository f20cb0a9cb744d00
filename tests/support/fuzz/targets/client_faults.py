"""Clients with one planted fault each; what triggers it is in `catalogue.py`."""

from __future__ import annotations

from support.fuzz.targets.client import Client
from support.fuzz.targets.octets import DATA, Associate
from support.fuzz.targets.talk import die


class DiesOnUnproposedContext(Client):
    """The result of a context is looked up among those proposed, and not found."""

    def accepted_by_peer(self, answer: Associate) -> None:
        if {number for number, _, _ in answer.contexts} - {context for context, _, _ in self.left}:
            die()
        super().accepted_by_peer(answer)


class DiesOnEmptyPData(Client):
    """The first value of a P-DATA-TF is taken before anybody asks whether there is one."""

    def is_length_allowed(self, kind: int, length: int) -> bool:
        if self.state == "Sta6" and kind == DATA and not length:
            die()
        return super().is_length_allowed(kind, length)


class DiesOnUnknownReason(Client):
    """The text for a reason is taken from a table that is too short."""

    def rejected_by_peer(self, body: bytes) -> None:
        if not 1 <= body[3] <= 7:
            die()
        super().rejected_by_peer(body)


class HangsOnTinyMaximum(Client):
    """The command is cut into fragments of no bytes, which has no end, if the maximum length leaves no room for any."""

    def fragments(self, context: int, header: int, whole: bytes) -> list[bytes]:
        while 0 < self.peer_limit < 8:
            pass
        return super().fragments(context, header, whole)


class IgnoresCollision(Client):
    """A wrong cell: Evt12 in Sta7 is ignored."""

    def collision(self, parsed: object) -> None:
        pass
