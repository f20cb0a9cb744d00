"""Options that several commands share, under the names that DICOM tools have given them.

A command takes one parameter of a class of this module; `expand` turns it into the options of its fields.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import logging
import re
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, get_type_hints

import typer

from dulcimer.logging_setup import LogFormatter

if TYPE_CHECKING:
    import ssl

    from dulcimer.ae.simple.tls_config import TLSConfig

ASSOCIATION_PANEL = "Association"
OUTPUT_PANEL = "Output"
AE_TITLE_LENGTH = 16


def ae_title(text: str) -> str:
    """`text` if it can be an AE title (PS3.8 9.3.2: 1 to 16 characters, not spaces only); a usage error otherwise."""
    if not text.strip(" "):
        raise typer.BadParameter("an AE title is not empty and not spaces only")
    if len(text) > AE_TITLE_LENGTH:
        raise typer.BadParameter(f"{text!r} has {len(text)} characters, an AE title at most {AE_TITLE_LENGTH}")
    wrong = sorted({character for character in text if not " " <= character <= "~" or character == "\\"})
    if wrong:
        raise typer.BadParameter(f"{text!r} has {', '.join(map(repr, wrong))}, which an AE title may not hold")
    return text


def host_name(text: str) -> str:
    """`text` if it can be a name or an IP address, without the brackets of an IPv6 one; a usage error otherwise."""
    if not text.strip() or text != text.strip():
        raise typer.BadParameter(f"{text!r} is neither a name nor an IP address")
    if "://" in text:
        raise typer.BadParameter(f"{text!r} is a URL: give the name or IP address alone, and the port behind it")
    if match := re.fullmatch(r"([^:\[\]]+|\[[^\]]+\]):(\d+)", text):
        raise typer.BadParameter(f"{text!r} has a port in it: write {match[1]} {match[2]}")
    return text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text


def optional_ae_title(text: str | None) -> str | None:
    """`text` as `ae_title` has it, or nothing."""
    return None if text is None else ae_title(text)


def timeout(seconds: float | None) -> float | None:
    """`seconds` if it is more than zero; a usage error otherwise."""
    if seconds is not None and not seconds > 0:
        raise typer.BadParameter("a timeout is more than 0 seconds")
    return seconds


def split_address(text: str) -> tuple[str, int]:
    """Host and port (0 if there is none) of ``host``, ``host:port`` or ``[IPv6 address]:port``; ValueError if not."""
    match = re.fullmatch(r"\[([^\]]+)\](?::(\d+))?", text) or re.fullmatch(r"([^:]+)(?::(\d+))?", text)
    host, port = (match[1], int(match[2] or 0)) if match else (text, 0)
    if not match and text.count(":") < 2:
        raise ValueError(f"{text!r} is not an address")
    if not 0 <= port <= 65535:
        raise ValueError(f"a port is 0 to 65535, not {port}")
    return host, port


def address(text: str | None) -> str | None:
    """`text` if it is an address with or without a port; a usage error otherwise."""
    if text is not None:
        try:
            split_address(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    return text


def length_limit(size: int | None) -> int | None:
    """`size` if it is 0 (no limit) or leaves room for a presentation data value (8 bytes); a usage error otherwise."""
    if size is not None and size != 0 and not 8 <= size <= 0xFFFFFFFF:
        raise typer.BadParameter("a maximum length is 0 (no limit) or 8 to 4294967295 bytes")
    return size


def in_panel(panel: str) -> Callable[..., Any]:
    """`typer.Option` for the options that `--help` shows together, under this heading."""
    return functools.partial(typer.Option, rich_help_panel=panel)


_association_option = in_panel(ASSOCIATION_PANEL)
_tls_option = in_panel("TLS")
_output_option = in_panel(OUTPUT_PANEL)


def _file_option(name: str, text: str) -> Any:
    return _tls_option(name, metavar="PEM", exists=True, dir_okay=False, readable=True, help=text)


Host: TypeAlias = Annotated[
    str, typer.Argument(help="Name or IP address of the peer.", metavar="HOST", callback=host_name)
]
Port: TypeAlias = Annotated[
    int,
    typer.Argument(help="TCP port of the peer; 104 and 11112 are usual.", metavar="PORT", min=1, max=65535),
]
Json: TypeAlias = Annotated[bool, _output_option("--json", help="Print JSON for programs instead of text.")]
Debug: TypeAlias = Annotated[
    bool, _output_option("-d", "--debug", help="Say everything, and show the traceback of a fault.")
]
Verbose: TypeAlias = Annotated[bool, _output_option("-v", "--verbose", help="Say what happens, step by step.")]
Quiet: TypeAlias = Annotated[bool, _output_option("-q", "--quiet", help="Print nothing but what failed.")]

MaximumLength: TypeAlias = Annotated[
    int | None,
    _association_option(
        "-pdu",
        "--max-pdu",
        metavar="BYTES",
        callback=length_limit,
        help="Longest P-DATA-TF PDU that we take, 0 for no limit; a size that is good for speed if not given.",
    ),
]


class TlsVersion(StrEnum):
    """The versions of TLS that may be used (RFC 8996)."""

    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """How much a network command tells on standard error."""

    verbose: Verbose = False
    debug: Debug = False

    @property
    def least(self) -> int:
        """The level of what is told in any case."""
        return logging.WARNING

    def configure_logging(self, *, bounded: bool = False) -> None:
        """Send the log of dulcimer to standard error: warnings, with `verbose` also steps, with `debug` everything.

        `bounded`, which is for servers, leaves out what is alike and comes too often, but with `debug`.
        """
        level = logging.DEBUG if self.debug else logging.INFO if self.verbose else self.least
        handler: logging.Handler = logging.StreamHandler(sys.stderr)
        if bounded and not self.debug:
            from dulcimer.cli.logs.bounded import BoundedHandler

            handler = BoundedHandler(sys.stderr)
        handler.setFormatter(LogFormatter())
        logger = logging.getLogger("dulcimer")
        logger.handlers[:] = [handler]
        logger.setLevel(level)
        if not self.debug:  # about values of peers and files, by the path of pydicom's source
            warnings.filterwarnings("ignore", module="pydicom")


@dataclass(frozen=True, slots=True)
class RequestorOutputOptions(OutputOptions):
    """How much a command tells that asks a peer for something."""

    quiet: Quiet = False

    @property
    def least(self) -> int:
        """Warnings, with `quiet` errors only."""
        return logging.ERROR if self.quiet else logging.WARNING


@dataclass(frozen=True, slots=True)
class AssociationOptions:
    """AE titles, timeouts (seconds) and maximum length (bytes) of an association that we request."""

    calling_ae_title: Annotated[
        str,
        _association_option(
            "-aet", "--calling-aet", metavar="AE", callback=ae_title, help="Our AE title, 1 to 16 characters."
        ),
    ] = "DULCIMER"
    called_ae_title: Annotated[
        str,
        _association_option(
            "-aec",
            "--called-aet",
            metavar="AE",
            callback=ae_title,
            help="AE title of the peer, 1 to 16 characters.",
        ),
    ] = "ANY-SCP"
    acse_timeout: Annotated[
        float,
        _association_option(
            "-ta",
            "--acse-timeout",
            metavar="SECONDS",
            callback=timeout,
            help="How long to wait for the answer to an association or release request.",
        ),
    ] = 30.0
    dimse_timeout: Annotated[
        float | None,
        _association_option(
            "-td",
            "--dimse-timeout",
            metavar="SECONDS",
            callback=timeout,
            help="How long to wait for a response; a C-GET has time as long as instances come.",
            show_default="30, for a C-MOVE 600",
        ),
    ] = None
    network_timeout: Annotated[
        float,
        _association_option(
            "-tn",
            "--network-timeout",
            metavar="SECONDS",
            callback=timeout,
            help="How long the peer may be silent.",
        ),
    ] = 60.0
    connect_timeout: Annotated[
        float,
        _association_option(
            "-to",
            "--timeout",
            metavar="SECONDS",
            callback=timeout,
            help="How long to wait for the TCP connection, with the TLS handshake.",
        ),
    ] = 30.0
    maximum_length: MaximumLength = None
    bind: Annotated[
        str | None,
        _association_option(
            "--bind",
            metavar="ADDRESS",
            callback=address,
            help="Our address to connect from, with a port if wanted: 10.0.0.5, 10.0.0.5:4000, [::1]:4000.",
        ),
    ] = None

    @property
    def local_address(self) -> tuple[str, int] | None:
        """Host and port to connect from; port 0 is any."""
        return None if self.bind is None else split_address(self.bind)


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """TLS for both sides of a connection (PS3.15 B.12)."""

    tls: Annotated[bool, _tls_option("--tls", help="Use TLS; any other TLS option implies it.")] = False
    tls_cert: Annotated[Path | None, _file_option("--tls-cert", "Our certificate, with its chain.")] = None
    tls_key: Annotated[
        Path | None, _file_option("--tls-key", "The key of our certificate, if it is in another file.")
    ] = None
    tls_ca: Annotated[
        Path | None, _file_option("--tls-ca", "Certificates to trust, instead of those of the system.")
    ] = None
    tls_insecure: Annotated[
        bool, _tls_option("--tls-insecure", help="Take any certificate of the peer: for tests only.")
    ] = False

    tls_min: Annotated[
        TlsVersion | None, _tls_option("--tls-min", help="Oldest version of TLS to use; 1.2 if not given.")
    ] = None

    @property
    def wanted(self) -> bool:
        """Whether any TLS option was given."""
        return any((self.tls, self.tls_cert, self.tls_key, self.tls_ca, self.tls_insecure, self.tls_min))

    def client_context(self) -> ssl.SSLContext | None:
        """Settings of a requestor, None without TLS; `typer.BadParameter` for files that cannot be used."""
        if not self.wanted:
            return None
        try:
            return self._config().client_context()
        except ValueError as error:
            raise self._unusable(error) from error

    def server_context(self) -> ssl.SSLContext | None:
        """Settings of an acceptor, None without TLS; with `tls_ca` a peer must show a certificate of these."""
        if not self.wanted:
            return None
        if self.tls_cert is None:
            raise typer.BadParameter("a server with TLS needs a certificate", param_hint="'--tls-cert'")
        try:
            return self._config().server_context()
        except ValueError as error:
            raise self._unusable(error) from error

    def _config(self) -> TLSConfig:
        from ssl import TLSVersion

        from dulcimer.ae.simple.tls_config import TLSConfig

        return TLSConfig(
            certificate=self.tls_cert,
            key=self.tls_key,
            ca=self.tls_ca,
            verify=not self.tls_insecure,
            minimum_version=TLSVersion.TLSv1_3 if self.tls_min is TlsVersion.TLS_1_3 else TLSVersion.TLSv1_2,
        )

    @staticmethod
    def _unusable(error: ValueError) -> typer.BadParameter:
        return typer.BadParameter(str(error), param_hint="TLS")


@dataclass(frozen=True, slots=True)
class ClientTlsOptions(TlsOptions):
    """TLS for the side that connects."""

    tls_name: Annotated[
        str | None,
        _tls_option(
            "--tls-name",
            metavar="NAME",
            help="The name that the certificate of the peer must have, if it is not HOST.",
        ),
    ] = None


def expand(function: Callable[..., None]) -> Callable[..., None]:
    """A function with one parameter for each field where `function` has a parameter of an options class.

    typer reads the options of a command from its signature, which lets no group of options be shared.
    """
    hints = get_type_hints(function, include_extras=True)
    parameters: list[inspect.Parameter] = []
    groups: dict[str, type[Any]] = {}
    for parameter in inspect.signature(function).parameters.values():
        hint = hints[parameter.name]
        if not (inspect.isclass(hint) and dataclasses.is_dataclass(hint)):
            parameters.append(parameter.replace(annotation=hint, kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        groups[parameter.name] = hint
        field_hints = get_type_hints(hint, include_extras=True)
        parameters += [
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=field.default,
                annotation=field_hints[field.name],
            )
            for field in dataclasses.fields(hint)
        ]

    def expanded(**values: Any) -> None:
        grouped = {
            name: group(**{field.name: values.pop(field.name) for field in dataclasses.fields(group)})
            for name, group in groups.items()
        }
        function(**values, **grouped)

    expanded.__doc__ = function.__doc__
    expanded.__name__ = function.__name__
    expanded.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    expanded.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return expanded
