"""Events of associations and servers, and the handlers bound to them.

A notification event tells what has happened; any number of handlers hear of it, and what they raise is logged. An
intervention event asks one handler for an answer: which instances match, what becomes of this data set. `evt` is the
name under which users know this module.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from dulcimer._generated.commands import ELEMENTS, MESSAGES, CommandField
from dulcimer.dimse.data_set import decode_data_set
from dulcimer.errors import DIMSEProcessingError
from dulcimer.limits import DEFAULTS

if TYPE_CHECKING:
    from pydicom.dataset import Dataset, FileMetaDataset

    from dulcimer.ae.core.association_state import AssociationOfEvents
    from dulcimer.dimse_primitives import DIMSEPrimitive

logger = logging.getLogger("dulcimer.events")


class NotificationEvent(NamedTuple):
    """An event that tells what has happened."""

    name: str
    description: str
    is_intervention: bool = False
    is_notification: bool = True

    def __str__(self) -> str:
        return self.name


class InterventionEvent(NamedTuple):
    """An event that asks for an answer."""

    name: str
    description: str
    is_intervention: bool = True
    is_notification: bool = False

    def __str__(self) -> str:
        return self.name


EventType: TypeAlias = NotificationEvent | InterventionEvent
EventHandlerType: TypeAlias = Sequence[Any]
"""A tuple of an event, the handler, and what the handler is given after the `Event`, if anything.

A type checker cannot be told more: of a list with pairs and triples it infers tuples of any length, of one with both
kinds of events a common type that is neither of them.
"""

EVT_ABORTED = NotificationEvent("EVT_ABORTED", "Association aborted")
EVT_ACCEPTED = NotificationEvent("EVT_ACCEPTED", "Association request accepted")
EVT_ACSE_RECV = NotificationEvent("EVT_ACSE_RECV", "ACSE primitive received from the service-provider")
EVT_ACSE_SENT = NotificationEvent("EVT_ACSE_SENT", "ACSE primitive sent to the service-provider")
EVT_CONN_CLOSE = NotificationEvent("EVT_CONN_CLOSE", "Connection closed")
EVT_CONN_OPEN = NotificationEvent("EVT_CONN_OPEN", "Connection opened")
EVT_DATA_RECV = NotificationEvent("EVT_DATA_RECV", "PDU data received from the peer")
EVT_DATA_SENT = NotificationEvent("EVT_DATA_SENT", "PDU data sent to the peer")
EVT_DIMSE_RECV = NotificationEvent("EVT_DIMSE_RECV", "Complete DIMSE message received")
EVT_DIMSE_SENT = NotificationEvent("EVT_DIMSE_SENT", "DIMSE message encoded and sent")
EVT_ESTABLISHED = NotificationEvent("EVT_ESTABLISHED", "Association established")
EVT_FSM_TRANSITION = NotificationEvent("EVT_FSM_TRANSITION", "State machine about to move")
EVT_PDU_RECV = NotificationEvent("EVT_PDU_RECV", "PDU received from the peer")
EVT_PDU_SENT = NotificationEvent("EVT_PDU_SENT", "PDU sent to the peer")
EVT_REJECTED = NotificationEvent("EVT_REJECTED", "Association request rejected")
EVT_RELEASED = NotificationEvent("EVT_RELEASED", "Association released")
EVT_REQUESTED = NotificationEvent("EVT_REQUESTED", "Association requested")

EVT_ASYNC_OPS = InterventionEvent("EVT_ASYNC_OPS", "Asynchronous operations window proposed")
EVT_SOP_COMMON = InterventionEvent("EVT_SOP_COMMON", "SOP class common extended negotiation proposed")
EVT_SOP_EXTENDED = InterventionEvent("EVT_SOP_EXTENDED", "SOP class extended negotiation proposed")
EVT_USER_ID = InterventionEvent("EVT_USER_ID", "User identity offered")
EVT_C_ECHO = InterventionEvent("EVT_C_ECHO", "C-ECHO request received")
EVT_C_FIND = InterventionEvent("EVT_C_FIND", "C-FIND request received")
EVT_C_GET = InterventionEvent("EVT_C_GET", "C-GET request received")
EVT_C_MOVE = InterventionEvent("EVT_C_MOVE", "C-MOVE request received")
EVT_C_STORE = InterventionEvent("EVT_C_STORE", "C-STORE request received")
EVT_N_ACTION = InterventionEvent("EVT_N_ACTION", "N-ACTION request received")
EVT_N_CREATE = InterventionEvent("EVT_N_CREATE", "N-CREATE request received")
EVT_N_DELETE = InterventionEvent("EVT_N_DELETE", "N-DELETE request received")
EVT_N_EVENT_REPORT = InterventionEvent("EVT_N_EVENT_REPORT", "N-EVENT-REPORT request received")
EVT_N_GET = InterventionEvent("EVT_N_GET", "N-GET request received")
EVT_N_SET = InterventionEvent("EVT_N_SET", "N-SET request received")

_ATTRIBUTES = {element.keyword: element.attribute for element in ELEMENTS.values()}
_DATA_SETS = {
    f"EVT_{field.name.removesuffix('_RQ')}": MESSAGES[field].data_set_name.replace(" ", "")
    for field in CommandField
    if field.name.endswith("_RQ")
}
"""The keyword of the data set of the request that an event is about."""

_ALL = {value.name: value for value in globals().copy().values() if isinstance(value, EventType)}
NOTIFICATION_EVENTS = tuple(value for value in _ALL.values() if value.is_notification)
INTERVENTION_EVENTS = tuple(value for value in _ALL.values() if value.is_intervention)


class Event:
    """What a handler is given: `assoc`, `event`, `timestamp`, and the attributes of its kind.

    Attributes that an event does not have raise AttributeError. `dataset` and its kin are decoded when they are
    first asked for.
    """

    if TYPE_CHECKING:
        assoc: AssociationOfEvents

    def __init__(self, assoc: Any, event: EventType, attributes: Mapping[str, Any] | None = None) -> None:
        self.assoc = assoc
        self.event = event
        self.timestamp = datetime.now()
        self._attributes = dict(attributes or {})
        self._decoded: Dataset | DIMSEProcessingError | None = self._attributes.get("_decoded")

    def __getattr__(self, name: str) -> Any:
        attributes = self.__dict__.get("_attributes", {})
        if name in attributes:
            return attributes[name]
        own = getattr(type(self), name, None)
        if isinstance(own, property) and own.fget is not None:
            return own.fget(self)  # it raised AttributeError, and says why again
        raise AttributeError(f"{self.__dict__['event'].name} has no attribute '{name}'")

    @property
    def request(self) -> DIMSEPrimitive:
        """The request, as a primitive of `dimse_primitives`."""
        from dulcimer.dimse_primitives import primitive_of

        if "request" not in self._attributes:
            message = self.command
            values = self._attributes["_elements"]
            self._attributes["request"] = primitive_of(message.command_field, values, self._attributes["_data"])
        found: DIMSEPrimitive = self._attributes["request"]
        return found

    @request.setter
    def request(self, primitive: DIMSEPrimitive) -> None:
        self._attributes["request"] = primitive

    @property
    def command(self) -> Any:
        """The request, as the dataclass of its message."""
        found = self._attributes.get("_command")
        if found is not None:
            return found
        if "request" not in self._attributes:
            raise AttributeError(f"{self.event.name} has no request")
        return self.request.to_message()[0]

    def __repr__(self) -> str:
        return f"<Event {self.name} {self.timestamp:%H:%M:%S.%f}>"

    @property
    def name(self) -> str:
        """The name of the event, such as `EVT_C_STORE`."""
        return self.event.name

    @property
    def description(self) -> str:
        """The event in words."""
        return self.event.description

    @property
    def is_cancelled(self) -> bool:
        """Whether the peer has sent C-CANCEL for this request; False for what cannot be cancelled."""
        asked = self._attributes.get("_is_cancelled")
        return asked is not None and self.event in (EVT_C_FIND, EVT_C_GET, EVT_C_MOVE) and bool(asked(self.message_id))

    @property
    def is_large(self) -> bool:
        """Whether it takes many milliseconds to look at all of its data set: nothing for an event loop."""
        return "_decoded" in self._attributes

    @property
    def message_id(self) -> int:
        """The Message ID of the request."""
        return int(self._element("MessageID"))

    @property
    def move_destination(self) -> str | None:
        """The Move Destination of a C-MOVE request; None if it is empty."""
        self._only_for("move_destination", EVT_C_MOVE)
        return self._element("MoveDestination") or None

    @property
    def dataset(self) -> Dataset:
        """The data set of a C-STORE request."""
        self._only_for("dataset", EVT_C_STORE)
        return self._data_set()

    @property
    def identifier(self) -> Dataset:
        """The identifier of a C-FIND, C-GET or C-MOVE request."""
        self._only_for("identifier", EVT_C_FIND, EVT_C_GET, EVT_C_MOVE)
        return self._data_set()

    @property
    def attribute_list(self) -> Dataset:
        """The attribute list of an N-CREATE request; of an N-SET request, the modification list."""
        self._only_for("attribute_list", EVT_N_CREATE, EVT_N_SET)
        return self._data_set()

    @property
    def modification_list(self) -> Dataset:
        """The modification list of an N-SET request."""
        self._only_for("modification_list", EVT_N_SET)
        return self._data_set()

    @property
    def action_information(self) -> Dataset:
        """The action information of an N-ACTION request."""
        self._only_for("action_information", EVT_N_ACTION)
        return self._data_set()

    @property
    def action_type(self) -> int:
        """The Action Type ID of an N-ACTION request."""
        self._only_for("action_type", EVT_N_ACTION)
        return int(self._element("ActionTypeID"))

    @property
    def event_information(self) -> Dataset:
        """The event information of an N-EVENT-REPORT request."""
        self._only_for("event_information", EVT_N_EVENT_REPORT)
        return self._data_set()

    @property
    def event_type(self) -> int:
        """The Event Type ID of an N-EVENT-REPORT request."""
        self._only_for("event_type", EVT_N_EVENT_REPORT)
        return int(self._element("EventTypeID"))

    @property
    def attribute_identifiers(self) -> list[Any]:
        """The Attribute Identifier List of an N-GET request, [] for all attributes."""
        from pydicom.tag import Tag

        self._only_for("attribute_identifiers", EVT_N_GET)
        found = self._element("AttributeIdentifierList")
        return [] if found is None else [Tag(tag) for tag in (found if isinstance(found, list | tuple) else [found])]

    @property
    def dataset_path(self) -> Path:
        """The file that holds the instance of a C-STORE request, where data sets are received into files."""
        self._only_for("dataset_path", EVT_C_STORE)
        path = self._attributes.get("_path")
        if path is None:
            raise AttributeError("the data set was not received into a file: see AE.receive_into_files")
        return Path(path)

    @property
    def file_meta(self) -> FileMetaDataset:
        """File Meta Information for the data set of a C-STORE request (PS3.10 7.1)."""
        from pydicom.dataset import FileMetaDataset
        from pydicom.uid import UID

        from dulcimer.acse.negotiation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

        self._only_for("file_meta", EVT_C_STORE)
        meta = FileMetaDataset()
        meta.FileMetaInformationVersion = b"\0\1"
        meta.MediaStorageSOPClassUID = UID(self._element("AffectedSOPClassUID") or "")
        meta.MediaStorageSOPInstanceUID = UID(self._element("AffectedSOPInstanceUID") or "")
        meta.TransferSyntaxUID = UID(self.context.transfer_syntax)
        meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
        meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
        return meta

    def encoded_dataset(self, include_meta: bool = True) -> bytes:
        """The data set of a C-STORE request as received; with preamble and File Meta Information unless told."""
        self._only_for("encoded_dataset", EVT_C_STORE)
        data = self._raw()
        if not include_meta:
            return data
        from pydicom.filebase import DicomBytesIO
        from pydicom.filewriter import write_file_meta_info

        buffer = DicomBytesIO()
        buffer.write(bytes(128) + b"DICM")
        write_file_meta_info(buffer, self.file_meta)
        return bytes(buffer.getvalue()) + data

    def _raw(self) -> bytes:
        data = self._attributes.get("_data")
        if data is None and self._attributes.get("_path") is not None:
            with Path(self._attributes["_path"]).open("rb") as file:
                file.seek(self._attributes["_offset"])
                data = file.read()
        elif data is None and "request" in self._attributes:
            given = getattr(self.request, _DATA_SETS[self.event.name], None)
            data = None if given is None else given.getvalue()
        return data or b""

    def _element(self, keyword: str) -> Any:
        """An element of the request: of its message, or of the primitive that whoever made the event has given."""
        if "request" in self._attributes:
            return getattr(self._attributes["request"], keyword, None)
        return getattr(self.command, _ATTRIBUTES[keyword])

    def _data_set(self) -> Dataset:
        if self._decoded is None:
            limits = self._attributes.get("_limits", DEFAULTS.instance)
            self._decoded = decode_data_set(self._raw(), self.context.transfer_syntax, limits=limits)
        if isinstance(self._decoded, DIMSEProcessingError):
            raise self._decoded
        return self._decoded

    def _only_for(self, name: str, *events: InterventionEvent) -> None:
        if self.event not in events:
            raise AttributeError(f"{self.event.name} has no attribute '{name}'")


def trigger(assoc: Any, event: EventType, attrs: Mapping[str, Any] | None = None) -> Any:
    """Call the handlers that an association has for an event, here and now: what an intervention handler returns.

    What a notification handler raises is logged, what an intervention handler raises is raised.
    """
    told = Event(assoc, event, attrs)
    if event.is_intervention:
        handler, args = assoc.get_handlers(event)
        return None if handler is None else handler(told, *(args or ()))
    for handler, args in assoc.get_handlers(event):
        try:
            handler(told, *(args or ()))
        except Exception:
            logger.exception("a handler of %s failed", event.name)
    return None


class Handlers:
    """The handlers bound to events."""

    def __init__(self, handlers: Sequence[EventHandlerType] = ()) -> None:
        self._notified: dict[str, list[tuple[Callable[..., Any], tuple[Any, ...]]]] = {}
        self._asked: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {}
        for bound in handlers:
            if not isinstance(bound, tuple | list) or not 2 <= len(bound) <= 3:
                raise TypeError(
                    f"a handler is bound as (event, handler) or (event, handler, [arguments]), not {bound!r}"
                )
            self.bind(*bound)

    def bind(self, event: EventType, handler: Callable[..., Any], args: Sequence[Any] | None = None) -> None:
        """Bind a handler: one more for a notification event, in place of the one before for an intervention event."""
        if not isinstance(event, NotificationEvent | InterventionEvent):
            raise ValueError(f"{event!r} is not an event; see dulcimer.evt")
        if not callable(handler):
            raise TypeError(f"the handler of {event.name} is called with an Event; {handler!r} cannot be called")
        if args is not None and not isinstance(args, Sequence):
            raise TypeError(f"the arguments of a handler of {event.name} are a list, not {args!r}")
        bound = handler, tuple(args or ())
        if event.is_intervention:
            self._asked[event.name] = bound
            return
        handlers = self._notified.setdefault(event.name, [])
        if all(other is not handler for other, _ in handlers):
            handlers.append(bound)

    def unbind(self, event: EventType, handler: Callable[..., Any]) -> None:
        """Bind a handler no longer; nothing happens if it is not bound."""
        if event.is_intervention:
            if event.name in self._asked and self._asked[event.name][0] is handler:
                del self._asked[event.name]
        elif event.name in self._notified:
            self._notified[event.name] = [bound for bound in self._notified[event.name] if bound[0] is not handler]

    @property
    def any_notified(self) -> bool:
        """Whether a notification event has, or had, a handler."""
        return bool(self._notified)

    def notified(self, event: EventType) -> Sequence[tuple[Callable[..., Any], tuple[Any, ...]]]:
        """The handlers of a notification event, in the order in which they were bound."""
        return self._notified.get(event.name, ())

    def asked(self, event: EventType) -> tuple[Callable[..., Any], tuple[Any, ...]] | None:
        """The handler of an intervention event, None if there is none."""
        return self._asked.get(event.name)

    def bound_to(self, event: EventType) -> Any:
        """What is bound to an event, as users see it: (handler, args) or None, or a list of them."""
        if event.is_intervention:
            bound = self._asked.get(event.name)
            return (bound[0], list(bound[1]) or None) if bound else (None, None)
        return [(handler, list(args) or None) for handler, args in self.notified(event)]

    @property
    def events(self) -> list[EventType]:
        """The events that have a handler."""
        return [event for event in _ALL.values() if self._notified.get(event.name) or event.name in self._asked]

    def copy(self) -> Handlers:
        """The same handlers, to be changed apart."""
        copy = Handlers()
        copy._notified = {name: list(handlers) for name, handlers in self._notified.items()}
        copy._asked = dict(self._asked)
        return copy
