"""The two ends of an association as users see them: `assoc.requestor` and `assoc.acceptor`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cache
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
    UserDataSubItem,
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
    from dulcimer.values import AeTitle, UidLike

Mode = Literal["requestor", "acceptor"]


class Party:
    """One end of an association: its AE title, its address, and what it negotiated.

    What it negotiated is empty until its A-ASSOCIATE-RQ, -AC or -RJ is known. Until then (`writeable`) a handler of
    EVT_REQUESTED may change the title, the supported contexts and the answer of an acceptor at this end.
    """

    def __init__(self, mode: Mode) -> None:
        self._mode: Mode = mode
        self.assoc: Any = None
        """The association."""
        self.stream: Stream | None = None
        """The connection, None if there is none."""
        self.is_local = False
        """Whether this is the local end."""
        self.pdu: AssociateRq | AssociateAc | AssociateRj | None = None
        self.accepted_common_extended: dict[UID, tuple[UID, list[UID]]] = {}
        """Service class and related general SOP classes, by SOP class, of the common extended items accepted."""
        self._ae_title = ""
        self._offered: Sequence[PresentationContext] = ()
        self._supported: list[PresentationContext] | None = None
        self._usual: Mapping[str, Any] = {}
        self._announced: dict[str, Any] = {}
        self._items: list[UserInformationItem] = []

    def serve_as(self, ae_title: str, contexts: Sequence[PresentationContext], usual: Mapping[str, Any]) -> None:
        """Make this the local acceptor, with its title, supported contexts and `usual` announcements, unless a handler
        changes them.

        `usual` has `maximum_length`, `implementation_class_uid` and `implementation_version_name`.
        """
        self._ae_title = ae_title.strip(" ")
        self._offered = contexts
        self._usual = usual

    @property
    def mode(self) -> Mode:
        """The role of this end, "requestor" or "acceptor"."""
        return self._mode

    @property
    def writeable(self) -> bool:
        """Whether its answer can still be changed: this is the local end, and it has not answered yet."""
        return self.is_local and self.pdu is None

    @property
    def ae_title(self) -> str:
        """Its AE title; that of the other end is the one it gave, or the one it was called by."""
        if self._ae_title or not isinstance(self.pdu, AssociateRq | AssociateAc):
            return self._ae_title
        from dulcimer.values import peer_text

        return peer_text(self.pdu.calling_ae_title if self.is_requestor else self.pdu.called_ae_title).strip(" ")

    @ae_title.setter
    def ae_title(self, title: AeTitle) -> None:
        from dulcimer.values import set_title

        self._check_writeable("the AE title")
        self._ae_title = (set_title(title, "ae_title", allow_empty=False, allow_none=False) or "").strip(" ")

    @property
    def called_ae_title(self) -> str:
        """The AE title that a requestor called, which may differ from the acceptor's; "" if not known."""
        from dulcimer.values import peer_text

        known = isinstance(self.pdu, AssociateRq | AssociateAc)
        return peer_text(self.pdu.called_ae_title).strip(" ") if known else ""  # type: ignore[union-attr]  # `known` says that it is there

    @property
    def is_requestor(self) -> bool:
        """Whether it requested the association."""
        return self.mode == "requestor"

    @property
    def is_acceptor(self) -> bool:
        """Whether the other end requested the association."""
        return self.mode == "acceptor"

    @property
    def where(self) -> Address | None:
        """Its host and port; None if not known."""
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
        """AE title, address, port, mode, and as `pdv_size` the longest P-DATA-TF it accepts, in bytes."""
        info = {"ae_title": self.ae_title, "address": self.address, "port": self.port, "mode": self.mode}
        return info if self.pdu is None else {**info, "pdv_size": self.maximum_length}

    @property
    def primitive(self) -> A_ASSOCIATE | None:
        """Its A-ASSOCIATE request, or its response."""
        from dulcimer.pdu_primitives import A_ASSOCIATE

        return None if self.pdu is None else A_ASSOCIATE.from_pdu(self.pdu)

    # Presentation contexts

    @property
    def requested_contexts(self) -> list[PresentationContext]:
        """The contexts that a requestor proposed."""
        primitive = self.primitive
        return [] if primitive is None else primitive.presentation_context_definition_list

    @property
    def supported_contexts(self) -> list[PresentationContext]:
        """What a local acceptor supports, as its own list; what an acceptor at the other end answered."""
        if self.is_local:
            if self._supported is None:
                self._supported = deepcopy(list(self._offered))
            return self._supported
        primitive = None if self.is_requestor else self.primitive
        return [] if primitive is None else primitive.presentation_context_definition_results_list

    @supported_contexts.setter
    def supported_contexts(self, contexts: Sequence[PresentationContext]) -> None:
        from dulcimer.ae.core.contexts import checked

        if not self.is_acceptor:
            raise AttributeError("the supported contexts can be set for an acceptor only")
        self._check_writeable("the supported contexts")
        self._supported = checked(contexts, most=None)

    @property
    def own_contexts(self) -> list[PresentationContext] | None:
        """The supported contexts if a handler may have changed them; None otherwise."""
        return self._supported

    def get_contexts(self, cx_type: str) -> list[PresentationContext]:
        """Its contexts: "requested" or "supported" of this end, "pcdl" as proposed, "pcdrl" as answered.

        Raises ValueError for contexts that this end does not have.
        """
        primitive = self.primitive
        found: dict[str, list[PresentationContext]] = {}
        if self.is_local:
            found["requested" if self.is_requestor else "supported"] = (
                self.requested_contexts if self.is_requestor else self.supported_contexts
            )
        if primitive is not None and self.is_requestor:
            found["pcdl"] = primitive.presentation_context_definition_list
        elif primitive is not None:
            found["pcdrl"] = primitive.presentation_context_definition_results_list
        if cx_type not in found:
            raise ValueError(f"the {self.mode} has no {cx_type!r} contexts here, but {', '.join(found) or 'none'}")
        return found[cx_type]

    # Extended negotiation and user information

    def add_negotiation_item(self, item: UserInformationItem) -> None:
        """Answer with this item, too; RuntimeError after the answer was sent, TypeError if it is not an item."""
        self._check_writeable("the extended negotiation")
        self._check_item(item)
        self._items.append(item)

    def remove_negotiation_item(self, item: UserInformationItem) -> None:
        """Do not answer with this item; nothing happens if it was not added. Raises as `add_negotiation_item` does."""
        self._check_writeable("the extended negotiation")
        self._check_item(item)
        if item in self._items:
            self._items.remove(item)

    def reset_negotiation_items(self) -> None:
        """Answer without the items that were added. Raises as `add_negotiation_item` does."""
        self._check_writeable("the extended negotiation")
        self._items.clear()

    @property
    def announced(self) -> dict[str, Any]:
        """What a handler has set to announce instead of the entity's settings."""
        return self._announced

    @property
    def added_items(self) -> list[UserDataSubItem]:
        """The items that a handler has added, as they are sent."""
        return [item.to_item() for item in self._items]

    def _check_writeable(self, what: str) -> None:
        if not self.writeable:
            raise RuntimeError(f"{what} of the {self.mode} cannot be changed: it has been negotiated, or is the peer's")

    @staticmethod
    def _check_item(item: object) -> None:
        if not isinstance(item, _extended_items()):
            raise TypeError(f"{type(item).__name__!r} is not an item of extended negotiation (PS3.7 D.3.3)")

    @property
    def user_information(self) -> list[UserInformationItem]:
        """The items of its user information."""
        primitive = self.primitive
        return list(self._items) if primitive is None else primitive.user_information

    @property
    def extended_negotiation(self) -> list[UserInformationItem]:
        """The optional items of its user information."""
        return [item for item in self.user_information if isinstance(item, _extended_items())]

    @property
    def maximum_length(self) -> int | None:
        """The longest P-DATA-TF it accepts, in bytes; 0 for no limit, None if it did not announce one."""
        if self.writeable:
            length: int | None = self._announcement("maximum_length")
            return length
        return self.pdu.maximum_length if isinstance(self.pdu, AssociateRq | AssociateAc) else None

    @maximum_length.setter
    def maximum_length(self, length: int) -> None:
        from dulcimer.ae.core.settings import pdu_length

        self._announce("maximum_length", pdu_length(length, "maximum_length"))

    @property
    def implementation_class_uid(self) -> UID | None:
        """Its implementation class UID."""
        from dulcimer.values import lenient_uid

        if self.writeable:
            uid: UID | None = self._announcement("implementation_class_uid")
            return uid
        found = self._information.first(ImplementationClassUid)
        return None if found is None else lenient_uid(found.implementation_class_uid)

    @implementation_class_uid.setter
    def implementation_class_uid(self, uid: UidLike) -> None:
        from dulcimer.ae.core.settings import implementation_uid

        self._announce("implementation_class_uid", implementation_uid(uid, "implementation_class_uid"))

    @property
    def implementation_version_name(self) -> str | None:
        """Its implementation version name."""
        if self.writeable:
            name: str | None = self._announcement("implementation_version_name")
            return name
        found = self._information.first(ImplementationVersionName)
        return None if found is None else found.implementation_version_name

    @implementation_version_name.setter
    def implementation_version_name(self, name: str | None) -> None:
        from dulcimer.ae.core.settings import version_name

        self._announce("implementation_version_name", version_name(name, "implementation_version_name"))

    def _announcement(self, what: str) -> Any:
        return self._announced.get(what, self._usual.get(what))

    def _announce(self, what: str, value: Any) -> None:
        self._check_writeable(f"the {what.replace('_', ' ')}")
        self._announced[what] = value

    @property
    def asynchronous_operations(self) -> tuple[int, int]:
        """Operations invoked and performed in parallel, as it proposed or answered; 0 is any number."""
        found = self._information.first(AsynchronousOperationsWindow)
        if found is None:
            return 1, 1
        return found.maximum_number_operations_invoked, found.maximum_number_operations_performed

    @property
    def role_selection(self) -> dict[UID, SCP_SCU_RoleSelectionNegotiation]:
        """Its role selection items, by SOP class."""
        from dulcimer.proposals.negotiation_items import SCP_SCU_RoleSelectionNegotiation as Item
        from dulcimer.values import lenient_uid

        items = self._information.all(ScpScuRoleSelection)
        return {lenient_uid(item.sop_class_uid): Item.from_item(item) for item in items}

    @property
    def sop_class_extended(self) -> dict[UID, bytes]:
        """Its service class application information, by SOP class."""
        from dulcimer.values import lenient_uid

        items = self._information.all(SopClassExtendedNegotiation)
        return {lenient_uid(item.sop_class_uid): item.service_class_application_information for item in items}

    @property
    def sop_class_common_extended(self) -> dict[UID, SOPClassCommonExtendedNegotiation]:
        """Its common extended items, by SOP class."""
        from dulcimer.proposals.negotiation_items import SOPClassCommonExtendedNegotiation as Item
        from dulcimer.values import lenient_uid

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
        return self.pdu.user_information if known else UserInformation(())  # type: ignore[union-attr]  # `known` says that it is there


@cache
def _extended_items() -> tuple[type, ...]:
    """The types of the optional items."""
    from dulcimer.proposals import negotiation_items as items

    return (
        items.AsynchronousOperationsWindowNegotiation,
        items.SCP_SCU_RoleSelectionNegotiation,
        items.SOPClassCommonExtendedNegotiation,
        items.SOPClassExtendedNegotiation,
        items.UserIdentityNegotiation,
    )
