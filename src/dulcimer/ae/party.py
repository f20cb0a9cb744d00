"""The two ends of an association as users see them: `assoc.requestor` and `assoc.acceptor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from dulcimer.transport.streams import Address, Stream
from dulcimer.wire.model import (
    AssociateAc,
    AssociateRj,
    AssociateRq,
    AsynchronousOperationsWindow,
    ImplementationClassUid,
    ImplementationVersionName,
    ScpScuRoleSelection,
    SopClassCommonExtendedNegotiation,
    SopClassExtendedNegotiation,
    UserInformation,
)

if TYPE_CHECKING:
    from pydicom.uid import UID

    from dulcimer.pdu_primitives import A_ASSOCIATE
    from dulcimer.proposals.negotiation_items import (
        SCP_SCU_RoleSelectionNegotiation,
        SOPClassCommonExtendedNegotiation,
        UserIdentityNegotiation,
        UserInformationItem,
    )
    from dulcimer.proposals.presentation_context import PresentationContext

Mode = Literal["requestor", "acceptor"]


class Party:
    """One end of an association: what it is called, where it is, and what it said when it negotiated.

    What it says is empty until its A-ASSOCIATE-RQ, -AC or -RJ is there.
    """

    def __init__(self, mode: Mode, ae_title: str = "") -> None:
        self.mode = mode
        self.stream: Stream | None = None
        """The connection, None while there is none."""
        self.is_local = False
        """Whether it is this end."""
        self.pdu: AssociateRq | AssociateAc | AssociateRj | None = None
        self.supported_contexts: list[PresentationContext] = []
        """What an acceptor at this end supports; [] at the other end."""
        self.accepted_common_extended: dict[UID, tuple[UID, list[UID]]] = {}
        """Service class and related general SOP classes, by SOP class, of the common extended items accepted."""
        self._ae_title = ae_title

    @property
    def ae_title(self) -> str:
        """Its AE title; as the requestor names itself, or as the requestor calls the acceptor."""
        if self._ae_title or not isinstance(self.pdu, AssociateRq | AssociateAc):
            return self._ae_title
        from dulcimer.utils import peer_text

        return peer_text(self.pdu.calling_ae_title if self.is_requestor else self.pdu.called_ae_title).strip()

    @property
    def is_requestor(self) -> bool:
        """Whether it requested the association."""
        return self.mode == "requestor"

    @property
    def is_acceptor(self) -> bool:
        """Whether it was asked for the association."""
        return self.mode == "acceptor"

    @property
    def where(self) -> Address | None:
        """Its host and port; None while they are not known."""
        if self.stream is None:
            return None
        return self.stream.local_address if self.is_local else self.stream.peer_address

    @property
    def address(self) -> str | None:
        """Its IP address."""
        return self.where[0] if self.where else None

    @property
    def port(self) -> int | None:
        """Its port."""
        return self.where[1] if self.where else None

    @property
    def info(self) -> dict[str, Any]:
        """AE title, address, port, mode, and in `pdv_size` the longest P-DATA-TF it takes, in bytes."""
        info = {"ae_title": self.ae_title, "address": self.address, "port": self.port, "mode": self.mode}
        return info if self.pdu is None else {**info, "pdv_size": self.maximum_length}

    @property
    def primitive(self) -> A_ASSOCIATE | None:
        """Its A-ASSOCIATE request, or its response."""
        from dulcimer.pdu_primitives import A_ASSOCIATE

        return None if self.pdu is None else A_ASSOCIATE.from_pdu(self.pdu)

    @property
    def requested_contexts(self) -> list[PresentationContext]:
        """The contexts that a requestor proposed."""
        primitive = self.primitive
        return [] if primitive is None else primitive.presentation_context_definition_list

    @property
    def user_information(self) -> list[UserInformationItem]:
        """The items of its user information."""
        primitive = self.primitive
        return [] if primitive is None else primitive.user_information

    @property
    def extended_negotiation(self) -> list[UserInformationItem]:
        """The items of its user information that not every association has."""
        from dulcimer.proposals.negotiation_items import (
            ImplementationClassUIDNotification,
            ImplementationVersionNameNotification,
            MaximumLengthNotification,
        )

        usual = MaximumLengthNotification, ImplementationClassUIDNotification, ImplementationVersionNameNotification
        return [item for item in self.user_information if not isinstance(item, usual)]

    @property
    def maximum_length(self) -> int | None:
        """The longest P-DATA-TF it takes, in bytes; 0 for no limit, None if it does not say."""
        return self.pdu.maximum_length if isinstance(self.pdu, AssociateRq | AssociateAc) else None

    @property
    def implementation_class_uid(self) -> UID | None:
        """Its implementation class UID."""
        from dulcimer.utils import lenient_uid

        found = self._information.first(ImplementationClassUid)
        return None if found is None else lenient_uid(found.implementation_class_uid)

    @property
    def implementation_version_name(self) -> str | None:
        """Its implementation version name."""
        found = self._information.first(ImplementationVersionName)
        return None if found is None else found.implementation_version_name

    @property
    def asynchronous_operations(self) -> tuple[int, int]:
        """Operations invoked and performed side by side, as it proposed or answered; 0 is any number."""
        found = self._information.first(AsynchronousOperationsWindow)
        if found is None:
            return 1, 1
        return found.maximum_number_operations_invoked, found.maximum_number_operations_performed

    @property
    def role_selection(self) -> dict[UID, SCP_SCU_RoleSelectionNegotiation]:
        """Its role selection items, by SOP class."""
        from dulcimer.proposals.negotiation_items import SCP_SCU_RoleSelectionNegotiation as Item
        from dulcimer.utils import lenient_uid

        items = self._information.all(ScpScuRoleSelection)
        return {lenient_uid(item.sop_class_uid): Item.from_item(item) for item in items}

    @property
    def sop_class_extended(self) -> dict[UID, bytes]:
        """Its service class application information, by SOP class."""
        from dulcimer.utils import lenient_uid

        items = self._information.all(SopClassExtendedNegotiation)
        return {lenient_uid(item.sop_class_uid): item.service_class_application_information for item in items}

    @property
    def sop_class_common_extended(self) -> dict[UID, SOPClassCommonExtendedNegotiation]:
        """Its common extended items, by SOP class."""
        from dulcimer.proposals.negotiation_items import SOPClassCommonExtendedNegotiation as Item
        from dulcimer.utils import lenient_uid

        items = self._information.all(SopClassCommonExtendedNegotiation)
        return {lenient_uid(item.sop_class_uid): Item.from_item(item) for item in items}

    @property
    def user_identity(self) -> UserIdentityNegotiation | None:
        """The identity that a requestor offered, or the acceptor's response to it."""
        from dulcimer.proposals.negotiation_items import UserIdentityNegotiation as Item

        return next((item for item in self.user_information if isinstance(item, Item)), None)

    @property
    def _information(self) -> UserInformation:
        known = isinstance(self.pdu, AssociateRq | AssociateAc)
        return self.pdu.user_information if known else UserInformation(())  # type: ignore[union-attr]
