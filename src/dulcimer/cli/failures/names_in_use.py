"""The two ends of a command: the names, the address and the options that every failure shows."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_CALLED, DEFAULT_CALLING = "ANY-SCP", "DULCIMER"
_IDENTITIES = ("user", "kerberos_file", "saml_file", "jwt_file")
_TLS = ("tls", "tls_cert", "tls_key", "tls_ca", "tls_insecure", "tls_min", "tls_name")


@dataclass(frozen=True, slots=True)
class Names:
    """The peer and this end as the options of a command name them; `destination` is that of a C-MOVE."""

    host: str
    port: int
    called: str = DEFAULT_CALLED
    calling: str = DEFAULT_CALLING
    destination: str = ""
    tls: bool = False
    certificate: bool = False
    identity: bool = False

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Names | None:
        """The names in the options of a command; None for a command without a peer."""
        host, port, called = options.get("host"), options.get("port"), options.get("called_ae_title")
        if not isinstance(host, str) or not isinstance(port, int) or not isinstance(called, str):
            return None
        calling = str(options.get("calling_ae_title") or DEFAULT_CALLING)
        moves = "destination" in options
        return cls(
            host,
            port,
            called,
            calling,
            str(options["destination"] or options.get("store_aet") or calling) if moves else "",
            tls=any(options.get(name) for name in _TLS),
            certificate=bool(options.get("tls_cert")),
            identity=any(options.get(name) is not None for name in _IDENTITIES),
        )

    @property
    def where(self) -> str:
        """Host and port."""
        return f"{self.host} port {self.port}"

    @property
    def them(self) -> str:
        """The called AE title, and its option."""
        return f"{self.called} ({'the default of ' * (self.called == DEFAULT_CALLED)}-aec)"

    @property
    def us(self) -> str:
        """The calling AE title, and its option."""
        return f"{self.calling} ({'the default of ' * (self.calling == DEFAULT_CALLING)}-aet)"

    @property
    def next_command(self) -> str:
        """The command that finds out what is wrong with this peer."""
        return self.next_command_for("")

    def next_command_for(self, what: str) -> str:
        """The same for an operation, as `dulcimer diagnose` has it: `find`, or `move --to DESTINATION`."""
        titles = [("-aec", self.called, DEFAULT_CALLED), ("-aet", self.calling, DEFAULT_CALLING)]
        words = [
            self.host,
            str(self.port),
            *([what] if what else []),
            *(f"{name} {shlex.quote(title)}" for name, title, usual in titles if title != usual),
        ]
        return f"dulcimer diagnose {' '.join(words)}" + (", with the TLS options" if self.tls else "")

    def as_text(self) -> str:
        """All of it in one line."""
        how = "with TLS" if self.tls else "without TLS"
        return f"{self.where}, called {self.them}, {how}; we are {self.us}"

    def as_json(self) -> dict[str, object]:
        """The same for programs."""
        return {
            "host": self.host,
            "port": self.port,
            "called_ae_title": self.called,
            "calling_ae_title": self.calling,
            "tls": self.tls,
        }
