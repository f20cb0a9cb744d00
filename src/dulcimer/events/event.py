"""The argument of a handler: an event of an association, with the attributes of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dulcimer._generated.commands import ELEMENTS, MESSAGES, CommandField
from dulcimer.dimse.data_set import decode_data_set
from dulcimer.errors import DIMSEProcessingError
from dulcimer.events.kinds import (
    EVT_C_FIND,
    EVT_C_GET,
    EVT_C_MOVE,
    EVT_C_STORE,
    EVT_N_ACTION,
    EVT_N_CREATE,
    EVT_N_EVENT_REPORT,
    EVT_N_GET,
    EVT_N_SET,
    EventType,
    InterventionEvent,
)
from dulcimer.limits import DEFAULTS

if TYPE_CHECKING:
    from pydicom.dataset import Dataset, FileMetaDataset

    from dulcimer.ae.core.association_state import AssociationOfEvents
    from dulcimer.dimse_primitives import DIMSEPrimitive
    from dulcimer.proposals.presentation_context import PresentationContextTuple

_ATTRIBUTES = {element.keyword: element.attribute for element in ELEMENTS.values()}
_DATA_SETS = {
    f"EVT_{field.name.removesuffix('_RQ')}": MESSAGES[field].data_set_name.replace(" ", "")
    for field in CommandField
    if field.name.endswith("_RQ")
}
"""By event, the keyword of the data set of its request."""


class Event:
    """The argument of a handler: `assoc`, `event`, `timestamp`, and the attributes of its kind.

    Attributes that an event does not have raise AttributeError. Data sets are decoded when they are first accessed.
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
            return own.fget(self)  # it raised AttributeError; raise it again with its message
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

    @property
    def context(self) -> PresentationContextTuple:
        """The presentation context of the request: its ID, and the UIDs of its abstract and its transfer syntax."""
        if "context" not in self._attributes:
            if "_context" not in self._attributes:
                raise AttributeError(f"{self.event.name} has no attribute 'context'")
            from dulcimer.proposals.presentation_context import PresentationContextTuple
            from dulcimer.values import lenient_uid

            given = self._attributes["_context"]
            syntaxes = lenient_uid(given.abstract_syntax), lenient_uid(given.transfer_syntax)
            self._attributes["context"] = PresentationContextTuple(given.context_id, *syntaxes)
        found: PresentationContextTuple = self._attributes["context"]
        return found

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
        """Whether its data set takes many milliseconds to process, too long for an event loop."""
        return "_decoded" in self._attributes

    @property
    def message_id(self) -> int:
        """The Message ID of the request."""
        return int(self._element("MessageID"))

    @property
    def move_destination(self) -> str | None:
        """The Move Destination of a C-MOVE request; None if it is empty."""
        self._require_event("move_destination", EVT_C_MOVE)
        return self._element("MoveDestination") or None

    @property
    def dataset(self) -> Dataset:
        """The data set of a C-STORE request."""
        self._require_event("dataset", EVT_C_STORE)
        return self._data_set()

    @property
    def identifier(self) -> Dataset:
        """The identifier of a C-FIND, C-GET or C-MOVE request."""
        self._require_event("identifier", EVT_C_FIND, EVT_C_GET, EVT_C_MOVE)
        return self._data_set()

    @property
    def attribute_list(self) -> Dataset:
        """The attribute list of an N-CREATE request; of an N-SET request, the modification list."""
        self._require_event("attribute_list", EVT_N_CREATE, EVT_N_SET)
        return self._data_set()

    @property
    def modification_list(self) -> Dataset:
        """The modification list of an N-SET request."""
        self._require_event("modification_list", EVT_N_SET)
        return self._data_set()

    @property
    def action_information(self) -> Dataset:
        """The action information of an N-ACTION request."""
        self._require_event("action_information", EVT_N_ACTION)
        return self._data_set()

    @property
    def action_type(self) -> int:
        """The Action Type ID of an N-ACTION request."""
        self._require_event("action_type", EVT_N_ACTION)
        return int(self._element("ActionTypeID"))

    @property
    def event_information(self) -> Dataset:
        """The event information of an N-EVENT-REPORT request."""
        self._require_event("event_information", EVT_N_EVENT_REPORT)
        return self._data_set()

    @property
    def event_type(self) -> int:
        """The Event Type ID of an N-EVENT-REPORT request."""
        self._require_event("event_type", EVT_N_EVENT_REPORT)
        return int(self._element("EventTypeID"))

    @property
    def attribute_identifiers(self) -> list[Any]:
        """The Attribute Identifier List of an N-GET request, [] for all attributes."""
        from pydicom.tag import Tag

        self._require_event("attribute_identifiers", EVT_N_GET)
        found = self._element("AttributeIdentifierList")
        return [] if found is None else [Tag(tag) for tag in (found if isinstance(found, list | tuple) else [found])]

    @property
    def dataset_path(self) -> Path:
        """The file that holds the instance of a C-STORE request, where data sets are received into files."""
        self._require_event("dataset_path", EVT_C_STORE)
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

        self._require_event("file_meta", EVT_C_STORE)
        meta = FileMetaDataset()
        meta.FileMetaInformationVersion = b"\0\1"
        meta.MediaStorageSOPClassUID = UID(self._element("AffectedSOPClassUID") or "")
        meta.MediaStorageSOPInstanceUID = UID(self._element("AffectedSOPInstanceUID") or "")
        meta.TransferSyntaxUID = UID(self.context.transfer_syntax)
        meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
        meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
        return meta

    def encoded_dataset(self, include_meta: bool = True) -> bytes:
        """The data set of a C-STORE request as received; with preamble and File Meta Information if `include_meta`."""
        self._require_event("encoded_dataset", EVT_C_STORE)
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
        """An element of the request: of its message, or of the primitive with which the event was made."""
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

    def _require_event(self, name: str, *events: InterventionEvent) -> None:
        if self.event not in events:
            raise AttributeError(f"{self.event.name} has no attribute '{name}'")
