"""PDUs and items as frozen dataclasses: what the bytes say, without lengths and single reserved bytes.

Field names are those of the schemas in `items` and `pdus`. An item whose type is not known where it
occurs is kept as `UnknownItem` (PS3.8 9.3.1). Text is kept as on the wire (ISO 8859-1, one character per
byte); only the trailing spaces of an AE title are left out, so that encoding gives the same bytes again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias, TypeVar

from dulcimer.wire.shown import ShownInNotebooks

Buffer: TypeAlias = bytes | bytearray | memoryview
_Item = TypeVar("_Item")


def _of_type(items: tuple[object, ...], kind: type[_Item]) -> tuple[_Item, ...]:
    return tuple([item for item in items if isinstance(item, kind)])


@dataclass(frozen=True, slots=True)
class UnknownItem:
    """An item or sub-item of a type that is not defined where it occurs; receivers skip it (PS3.8 9.3.1)."""

    item_type: int
    value: bytes = b""


@dataclass(frozen=True, slots=True)
class ApplicationContext:
    """Application Context item (PS3.8 9.3.2.1)."""

    item_type: ClassVar[int] = 0x10
    application_context_name: str


@dataclass(frozen=True, slots=True)
class AbstractSyntax:
    """Abstract Syntax sub-item (PS3.8 9.3.2.2.1)."""

    item_type: ClassVar[int] = 0x30
    abstract_syntax_name: str


@dataclass(frozen=True, slots=True)
class TransferSyntax:
    """Transfer Syntax sub-item (PS3.8 9.3.2.2.2)."""

    item_type: ClassVar[int] = 0x40
    transfer_syntax_name: str


SyntaxSubItem: TypeAlias = AbstractSyntax | TransferSyntax | UnknownItem


@dataclass(frozen=True, slots=True)
class PresentationContextRq:
    """Presentation Context item of the A-ASSOCIATE-RQ (PS3.8 9.3.2.2)."""

    item_type: ClassVar[int] = 0x20
    presentation_context_id: int
    sub_items: tuple[SyntaxSubItem, ...]

    @classmethod
    def of(cls, context_id: int, abstract_syntax: str, *transfer_syntaxes: str) -> PresentationContextRq:
        """The item with one abstract syntax and these transfer syntaxes."""
        syntaxes = tuple(TransferSyntax(name) for name in transfer_syntaxes)
        return cls(context_id, (AbstractSyntax(abstract_syntax), *syntaxes))

    @property
    def abstract_syntax(self) -> str | None:
        """The first abstract syntax, None if there is none."""
        for item in self.sub_items:
            if isinstance(item, AbstractSyntax):
                return item.abstract_syntax_name
        return None

    @property
    def transfer_syntaxes(self) -> tuple[str, ...]:
        """The transfer syntaxes in the order of the PDU."""
        return tuple([item.transfer_syntax_name for item in self.sub_items if isinstance(item, TransferSyntax)])


@dataclass(frozen=True, slots=True)
class PresentationContextAc:
    """Presentation Context item of the A-ASSOCIATE-AC (PS3.8 9.3.3.2)."""

    item_type: ClassVar[int] = 0x21
    presentation_context_id: int
    result_reason: int
    sub_items: tuple[SyntaxSubItem, ...]

    @classmethod
    def of(cls, context_id: int, result: int, transfer_syntax: str) -> PresentationContextAc:
        """The item with one transfer syntax, which is not significant unless `result` is 0."""
        return cls(context_id, result, (TransferSyntax(transfer_syntax),))

    @property
    def transfer_syntax(self) -> str | None:
        """The transfer syntax, None if there is none."""
        for item in self.sub_items:
            if isinstance(item, TransferSyntax):
                return item.transfer_syntax_name
        return None


@dataclass(frozen=True, slots=True)
class MaximumLength:
    """Maximum Length sub-item (PS3.8 D.1.1): the longest P-DATA-TF in bytes, less its header; 0: no limit."""

    item_type: ClassVar[int] = 0x51
    maximum_length_received: int


@dataclass(frozen=True, slots=True)
class ImplementationClassUid:
    """Implementation Class UID sub-item (PS3.7 D.3.3.2.1)."""

    item_type: ClassVar[int] = 0x52
    implementation_class_uid: str


@dataclass(frozen=True, slots=True)
class AsynchronousOperationsWindow:
    """Asynchronous Operations Window sub-item (PS3.7 D.3.3.3); 0 is unlimited, 1 is synchronous."""

    item_type: ClassVar[int] = 0x53
    maximum_number_operations_invoked: int
    maximum_number_operations_performed: int


@dataclass(frozen=True, slots=True)
class ScpScuRoleSelection:
    """SCP/SCU Role Selection sub-item (PS3.7 D.3.3.4); each role is 0 or 1."""

    item_type: ClassVar[int] = 0x54
    sop_class_uid: str
    scu_role: int
    scp_role: int


@dataclass(frozen=True, slots=True)
class ImplementationVersionName:
    """Implementation Version Name sub-item (PS3.7 D.3.3.2.3), 1 to 16 characters."""

    item_type: ClassVar[int] = 0x55
    implementation_version_name: str


@dataclass(frozen=True, slots=True)
class SopClassExtendedNegotiation:
    """SOP Class Extended Negotiation sub-item (PS3.7 D.3.3.5)."""

    item_type: ClassVar[int] = 0x56
    sop_class_uid: str
    service_class_application_information: bytes


@dataclass(frozen=True, slots=True)
class SopClassCommonExtendedNegotiation:
    """SOP Class Common Extended Negotiation sub-item (PS3.7 D.3.3.6); in the A-ASSOCIATE-RQ only."""

    item_type: ClassVar[int] = 0x57
    sop_class_uid: str
    service_class_uid: str
    related_general_sop_class_uids: tuple[str, ...] = ()
    sub_item_version: int = 0


@dataclass(frozen=True, slots=True)
class UserIdentity:
    """User Identity sub-item of the A-ASSOCIATE-RQ (PS3.7 D.3.3.7.1)."""

    item_type: ClassVar[int] = 0x58
    user_identity_type: int
    primary_field: bytes = field(repr=False)
    secondary_field: bytes = field(default=b"", repr=False)
    positive_response_requested: int = 0


@dataclass(frozen=True, slots=True)
class UserIdentityResponse:
    """User Identity sub-item of the A-ASSOCIATE-AC (PS3.7 D.3.3.7.2)."""

    item_type: ClassVar[int] = 0x59
    server_response: bytes = field(default=b"", repr=False)


UserDataSubItem: TypeAlias = (
    MaximumLength
    | ImplementationClassUid
    | AsynchronousOperationsWindow
    | ScpScuRoleSelection
    | ImplementationVersionName
    | SopClassExtendedNegotiation
    | SopClassCommonExtendedNegotiation
    | UserIdentity
    | UserIdentityResponse
    | UnknownItem
)


@dataclass(frozen=True, slots=True)
class UserInformation:
    """User Information item (PS3.8 9.3.2.3): sub-items in any order."""

    item_type: ClassVar[int] = 0x50
    user_data: tuple[UserDataSubItem, ...]

    def all(self, kind: type[_Item]) -> tuple[_Item, ...]:
        """The sub-items of one kind, in the order of the PDU."""
        return _of_type(self.user_data, kind)

    def first(self, kind: type[_Item]) -> _Item | None:
        """The first sub-item of one kind, None if there is none."""
        for item in self.user_data:
            if isinstance(item, kind):
                return item
        return None


VariableItem: TypeAlias = (
    ApplicationContext | PresentationContextRq | PresentationContextAc | UserInformation | UnknownItem
)


@dataclass(frozen=True, slots=True)
class _Associate(ShownInNotebooks):
    called_ae_title: str
    calling_ae_title: str
    variable_items: tuple[VariableItem, ...]
    protocol_version: int = 1
    reserved_43_74: bytes = bytes(32)

    @property
    def application_context(self) -> str | None:
        """The application context name, None if there is no such item."""
        names = _of_type(self.variable_items, ApplicationContext)
        return names[0].application_context_name if names else None

    @property
    def user_information(self) -> UserInformation:
        """The first User Information item, an empty one if there is none."""
        for item in self.variable_items:
            if isinstance(item, UserInformation):
                return item
        return UserInformation(())

    @property
    def maximum_length(self) -> int | None:
        """Maximum length received of the sender in bytes, 0 for no limit, None without that sub-item (PS3.8 D.1)."""
        found = self.user_information.first(MaximumLength)
        return found.maximum_length_received if found else None


@dataclass(frozen=True, slots=True)
class AssociateRq(_Associate):
    """A-ASSOCIATE-RQ PDU (PS3.8 9.3.2)."""

    pdu_type: ClassVar[int] = 0x01

    @property
    def presentation_contexts(self) -> tuple[PresentationContextRq, ...]:
        """The proposed presentation contexts, in the order of the PDU."""
        return _of_type(self.variable_items, PresentationContextRq)


@dataclass(frozen=True, slots=True)
class AssociateAc(_Associate):
    """A-ASSOCIATE-AC PDU (PS3.8 9.3.3); bytes 11 to 74 echo the A-ASSOCIATE-RQ and are not tested."""

    pdu_type: ClassVar[int] = 0x02

    @property
    def presentation_contexts(self) -> tuple[PresentationContextAc, ...]:
        """The answers to the proposed presentation contexts, in the order of the PDU."""
        return _of_type(self.variable_items, PresentationContextAc)


@dataclass(frozen=True, slots=True)
class AssociateRj(ShownInNotebooks):
    """A-ASSOCIATE-RJ PDU (PS3.8 9.3.4)."""

    pdu_type: ClassVar[int] = 0x03
    result: int
    source: int
    reason: int


@dataclass(frozen=True, slots=True)
class PresentationDataValue:
    """Presentation-data-value item of a P-DATA-TF (PS3.8 9.3.5.1, Annex E).

    `message_control_header`: bit 0 set for a command fragment, bit 1 set for the last one; the other bits are
    not tested. A `fragment` decoded from a receive buffer is a view that ends with that buffer.
    """

    presentation_context_id: int
    message_control_header: int
    fragment: Buffer = field(repr=False)

    @property
    def is_command(self) -> bool:
        """Whether this is a fragment of a command set; of a data set otherwise."""
        return bool(self.message_control_header & 1)

    @property
    def is_last(self) -> bool:
        """Whether this is the last fragment of its command set or data set."""
        return bool(self.message_control_header & 2)


@dataclass(frozen=True, slots=True)
class PDataTf(ShownInNotebooks):
    """P-DATA-TF PDU (PS3.8 9.3.5)."""

    pdu_type: ClassVar[int] = 0x04
    presentation_data_value_items: tuple[PresentationDataValue, ...]


@dataclass(frozen=True, slots=True)
class ReleaseRq(ShownInNotebooks):
    """A-RELEASE-RQ PDU (PS3.8 9.3.6)."""

    pdu_type: ClassVar[int] = 0x05


@dataclass(frozen=True, slots=True)
class ReleaseRp(ShownInNotebooks):
    """A-RELEASE-RP PDU (PS3.8 9.3.7)."""

    pdu_type: ClassVar[int] = 0x06


@dataclass(frozen=True, slots=True)
class Abort(ShownInNotebooks):
    """A-ABORT PDU (PS3.8 9.3.8)."""

    pdu_type: ClassVar[int] = 0x07
    source: int
    reason: int


Pdu: TypeAlias = AssociateRq | AssociateAc | AssociateRj | PDataTf | ReleaseRq | ReleaseRp | Abort
