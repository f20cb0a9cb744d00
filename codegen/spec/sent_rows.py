"""Rows for what the tester sends: how it differs from the usual."""

from __future__ import annotations

from dataclasses import dataclass

from codegen.spec.reader import Place, check_choice

USER_ITEMS = ("maximum-length", "class-uid", "version-name")
PLACES = ("top", "context", "user")
ITEM_KINDS = ("application", "contexts", "user")
FORMS = ("unsorted", "explicit-vr", "big-endian", "group-0008", "odd-uid", "twice", "private", "empty")
DATA_SETS = ("", "instance", "other-instance", "truncated-instance", "identifier", "empty")
PARTS = ("command", "data")


@dataclass(frozen=True)
class ProposedContext:
    """A proposed presentation context; UIDs by keyword or in digits."""

    id: int
    abstract: tuple[str, ...]
    transfer: tuple[str, ...]


@dataclass(frozen=True)
class ProposedRole:
    """A proposed SCP/SCU role selection; the UID by keyword or in digits."""

    sop_class: str
    scu: int
    scp: int


@dataclass(frozen=True)
class Identity:
    """A proposed user identity."""

    kind: int
    primary: str
    secondary: str = ""
    response: int = 0


@dataclass(frozen=True)
class RequestVariant:
    """How an A-ASSOCIATE-RQ differs from the usual one."""

    protocol_version: int = 1
    reserved_43_74: str = ""
    pad_ae_titles: bool = False
    blank_ae_title: bool = False
    blank_called_title: bool = False
    nul_pad_ae_titles: bool = False
    called: str = ""
    calling: str = ""
    contexts: tuple[ProposedContext, ...] | None = None
    context_count: int = 0
    transfer_first: bool = False
    application_context: tuple[str, ...] | None = None
    order: tuple[str, ...] = ()
    user: tuple[str, ...] | None = None
    user_items: int = 1
    class_uid: str = ""
    version_name: str = ""
    window: tuple[int, ...] = ()
    roles: tuple[ProposedRole, ...] = ()
    extended: tuple[str, ...] = ()
    common_extended: tuple[str, ...] = ()
    identity: Identity | None = None
    unknown: tuple[str, ...] = ()
    overwrite: dict[str, int] | None = None
    shift: dict[str, int] | None = None
    append: tuple[int, ...] = ()
    keep: int = 0
    octets: bool = False


@dataclass(frozen=True)
class Value:
    """One PDV: part of a message, from byte `start` to `stop` (0: its end)."""

    of: str = "command"
    message: int = 0
    start: int = 0
    stop: int = 0
    header: int = -1
    context: int = 0


@dataclass(frozen=True)
class Echo:
    """How a message of DIMSE differs from the usual C-ECHO-RQ."""

    message_id: int = 1
    same_id: bool = False
    command: dict[str, int] | None = None
    uids: dict[str, str] | None = None
    texts: dict[str, str] | None = None
    omit: tuple[str, ...] = ()
    form: tuple[str, ...] = ()
    group_length: int = 0
    data: str = ""
    fragment: int = 0
    together: bool = False
    empty_last: bool = False
    header_bits: int = 0
    context: int = 0
    count: int = 1
    cancel: bool = False
    release: bool = False
    oversize: bool = False
    pdus: tuple[tuple[Value, ...], ...] | None = None
    overwrite: dict[str, int] | None = None


MODELS = (ProposedContext, ProposedRole, Identity, RequestVariant, Value, Echo)
"""The rows, in an order in which they can be defined."""


def check_request(request: RequestVariant, place: Place) -> None:
    """Fail unless the names in it are known."""
    for name in request.user or ():
        check_choice(name, USER_ITEMS, place.at("user"))
    for where in request.unknown:
        check_choice(where, PLACES, place.at("unknown"))
    for kind in request.order:
        check_choice(kind, ITEM_KINDS, place.at("order"))
    if len(request.window) not in (0, 2):
        place.at("window").fail("expected two numbers: operations invoked and performed")


def check_echo(echo: Echo, place: Place) -> None:
    """Fail unless the names in it are known."""
    check_choice(echo.data, DATA_SETS, place.at("data"))
    for form in echo.form:
        check_choice(form, FORMS, place.at("form"))
    for value in (value for pdu in echo.pdus or () for value in pdu):
        check_choice(value.of, PARTS, place.at("pdus"))
        if not 0 <= value.message < echo.count:
            place.at("pdus").fail(f"message {value.message} does not exist: count is {echo.count}")
