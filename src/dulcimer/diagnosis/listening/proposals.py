"""What an A-ASSOCIATE-RQ proposes, for those who watch: names of users, but no secrets."""

from __future__ import annotations

from collections.abc import Callable

from dulcimer._generated.codes import UserIdentityType
from dulcimer.acse.negotiation import PeerInformation, roles_in
from dulcimer.acse.wording import shown
from dulcimer.counting import counted
from dulcimer.diagnosis.listening.events import ClientContext, ClientProposal
from dulcimer.diagnosis.listening.likeness import SurveyedServer
from dulcimer.wire.fields import unpadded
from dulcimer.wire.model import (
    AssociateRq,
    AsynchronousOperationsWindow,
    SopClassCommonExtendedNegotiation,
    SopClassExtendedNegotiation,
    UserIdentity,
)

_LONGEST_NAME = 64


def proposal_of(
    request: AssociateRq,
    answered: Callable[[int], str],
    server: SurveyedServer | None = None,
    *,
    size: int = 0,
) -> ClientProposal:
    """What a request proposes; `answered` gives the transfer syntax that we accept a context with, "" for none."""
    user = request.user_information
    roles = roles_in(request)
    contexts = []
    for item in request.presentation_contexts:
        uid = unpadded(item.abstract_syntax or "")
        likely = None if server is None else server.answer(uid, [unpadded(one) for one in item.transfer_syntaxes])
        number = item.presentation_context_id
        contexts.append(
            ClientContext(
                number,
                uid,
                item.transfer_syntaxes,
                roles.get(uid),
                answered(number),
                "" if likely is None else likely.words,
                likely is not None and likely.is_refusal,
            )
        )
    window = user.first(AsynchronousOperationsWindow)
    identity = user.first(UserIdentity)
    peer = PeerInformation.of(request)
    return ClientProposal(
        peer.ae_title,
        request.called_ae_title.strip(" "),
        peer.implementation_class_uid,
        peer.implementation_version_name,
        request.maximum_length,
        tuple(contexts),
        None
        if window is None
        else (window.maximum_number_operations_invoked, window.maximum_number_operations_performed),
        tuple(
            (unpadded(one.sop_class_uid), bytes(one.service_class_application_information))
            for one in user.all(SopClassExtendedNegotiation)
        ),
        tuple(unpadded(one.sop_class_uid) for one in user.all(SopClassCommonExtendedNegotiation)),
        "" if identity is None else identity_words(identity),
        size,
    )


def identity_words(identity: UserIdentity) -> str:
    """Kind and name of a user; of passwords, tickets, assertions and tokens the length alone."""
    kinds = {int(kind): kind.description for kind in UserIdentityType}
    kind = kinds.get(identity.user_identity_type, f"type {identity.user_identity_type}")
    confirmed = ", to be confirmed" if identity.positive_response_requested else ""
    if identity.user_identity_type not in (UserIdentityType.USERNAME, UserIdentityType.USERNAME_AND_PASSCODE):
        return f"{kind}, {counted(len(identity.primary_field), 'byte')} (hidden){confirmed}"
    name = shown(identity.primary_field[:_LONGEST_NAME].decode("latin-1"))
    secret = f", {counted(len(identity.secondary_field), 'byte')} (hidden)" if identity.secondary_field else ""
    return f"{kind}: {name}{secret}{confirmed}"
