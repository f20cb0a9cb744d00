"""Where a lab takes place: hosts, ports, titles and times, and the ordinary associations around the one it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dulcimer.fuzz.choices import Choices
from dulcimer.learn.labs.happenings import STORE_CT, accepted, echo, find, store
from dulcimer.learn.labs.links import ScriptedLink, capture
from dulcimer.learn.labs.messages import EXPLICIT, LEVEL, PATIENT_ID, acceptance, identifier, request
from dulcimer.learn.labs.turns import Turn

_CLIENTS: Final = ("CT_SCANNER", "MR_ROOM_2", "ULTRASOUND1", "VIEWER", "WORKSTATION_7", "XRAY_EAST", "GATEWAY")
_SERVERS: Final = ("PACS", "ARCHIVE_MAIN", "STORE_NORTH", "VNA", "TEACHING_FILE", "ROUTER", "CENTRAL")
_TITLE: Final = 16
_STAND_INS: Final = (("SCU", "ARCHIVE"), ("DULCIMER", "ANY-SCP"))
"""AE titles of ready-made PDUs: of the client and of the server."""
_PORTS: Final = (104, 11112, 4242, 2762)
APPLICATION: Final = "dulcimer lab"


class LabStage:
    """Gives links their places. `place` has the options of the link that the lab is about."""

    def __init__(self, draw: Choices) -> None:
        self.draw = draw
        net, first = draw.integer(1, 250), draw.integer(2, 200)
        self._hosts = f"10.{net}.0.{first}", f"10.{net}.0.{first + draw.integer(1, 40)}"
        self._port = draw.pick(_PORTS)
        self._own = draw.integer(49152, 60000)
        client, server = draw.pick(_CLIENTS), draw.pick(_SERVERS)
        self._renamed = {
            old.encode().ljust(_TITLE): new.encode().ljust(_TITLE)
            for pair in _STAND_INS
            for old, new in zip(pair, (client, server), strict=True)
        }
        self._t = 1_700_000_000.0 + 60 * draw.integer(0, 100_000)
        self._others: list[ScriptedLink] = []
        for _ in range(draw.integer(0, 2)):
            self._ordinary()
        self.place = self._next()

    def capture(self, links: Sequence[ScriptedLink]) -> bytes:
        """The file with these links and what happened before and after them."""
        self._t = max(link.t for link in links) + 1
        if self.draw.chance(1, 2):
            self._ordinary()
        return capture(*self._others, *links, application=APPLICATION)

    def played(self, turns: Sequence[Turn]) -> list[ScriptedLink]:
        """A connection in which these PDUs are sent."""
        link = ScriptedLink(**self.place).open()
        for by_client, data in turns:
            (link.client if by_client else link.server)(data)
        return [link.fin().fin(by_client=False)]

    def _ordinary(self) -> None:
        """An association in which nothing is wrong."""
        place = self._next()
        match self.draw.integer(0, 2):
            case 0:
                link = echo(accepted(**place))
            case 1:
                data = bytes(2 * self.draw.integer(500, 9000))
                link = store(accepted(request(STORE_CT), acceptance(((0, EXPLICIT),)), **place), data).release()
            case _:
                keys = identifier((LEVEL, "STUDY"), (PATIENT_ID, "1"))
                link = find(keys, matches=self.draw.integer(1, 3), **place)
        self._others.append(link)
        self._t = link.t + self.draw.integer(1, 50) / 10

    def _next(self) -> dict[str, Any]:
        """The place of the next link."""
        self._own += self.draw.integer(1, 9)
        client, server = self._hosts
        return {
            "client": client,
            "server": server,
            "port": self._port,
            "own_port": self._own,
            "t": self._t,
            "step": self.draw.integer(2, 40) / 10_000,
            "renamed": self._renamed,
        }
