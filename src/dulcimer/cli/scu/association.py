"""One association for a command, with its options."""

from __future__ import annotations

from collections.abc import Sequence

from dulcimer.acse.negotiation import DEFAULT_MAXIMUM_LENGTH, Context
from dulcimer.ae.core.client import ClientAssociation, Timeouts, connect
from dulcimer.ae.core.terms import Storage
from dulcimer.cli.failures.exceptions import IdentityNotConfirmed
from dulcimer.cli.logs.association_log import log_observer
from dulcimer.cli.options.peer import PeerOptions
from dulcimer.cli.scu.waiting import Waiting
from dulcimer.services.provider import OnRefused
from dulcimer.upper_layer.observer import together
from dulcimer.wire.model import UserDataSubItem


async def associate(
    peer: PeerOptions,
    contexts: Sequence[Context],
    *,
    user_items: Sequence[UserDataSubItem] = (),
    storage: Storage | None = None,
    on_refused: OnRefused | None = None,
    patience: float = 30.0,
) -> ClientAssociation:
    """An association with these options; raises as `dulcimer.ae.core.client.connect` does.

    `patience` is how long a response may take, in seconds, unless an option sets that.

    If the peer had to confirm the identity and did not, aborts the association and raises IdentityNotConfirmed.
    """
    options = peer.association
    identity = peer.identity.item()
    tls = peer.tls.client_context()
    timeouts = Timeouts(
        acse=options.acse_timeout,
        dimse=patience if options.dimse_timeout is None else options.dimse_timeout,
        network=options.network_timeout,
        connect=options.connect_timeout,
    )
    where = f"{peer.host} port {peer.port}"
    waiting = Waiting(options.called_ae_title, where, timeouts, tls=tls is not None)
    with waiting.reported():
        waiting.association = association = await connect(
            peer.host,
            peer.port,
            contexts,
            calling_ae_title=options.calling_ae_title,
            called_ae_title=options.called_ae_title,
            timeouts=timeouts,
            maximum_length=DEFAULT_MAXIMUM_LENGTH if options.maximum_length is None else options.maximum_length,
            tls=tls,
            server_hostname=peer.tls.tls_name,
            local_address=options.local_address,
            user_items=[*user_items, *([identity] if identity else ())],
            storage=storage,
            on_refused=on_refused,
            observer=together(log_observer(), options.recorder()),
            machine=waiting.machine,
        )
    if not peer.identity.was_confirmed(association.answer):
        await association.abort()
        raise IdentityNotConfirmed
    return association
