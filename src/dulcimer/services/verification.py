"""Verification Service Class (PS3.4 A)."""

from __future__ import annotations

from dulcimer._generated.commands import CEchoRq, CEchoRsp
from dulcimer.dimse.exchange import Exchange
from dulcimer.errors import ContextNotAccepted

VERIFICATION = "1.2.840.10008.1.1"
SUCCESS = 0x0000
SOP_CLASS_NOT_SUPPORTED = 0x0122


async def echo(exchange: Exchange) -> int:
    """Send C-ECHO and return the status (PS3.7 9.1.5); ContextNotAccepted if Verification was turned down."""
    for context in exchange.association.accepted_contexts.values():
        if context.abstract_syntax == VERIFICATION:
            break
    else:
        raise ContextNotAccepted("the peer accepted no presentation context for Verification")
    request = CEchoRq(affected_sop_class_uid=VERIFICATION, message_id=exchange.next_message_id())
    response = await exchange.request(context.context_id, request)
    return int(response.command_set.value("status"))


def answer_echo(request: CEchoRq) -> CEchoRsp:
    """The response to a C-ECHO."""
    known = request.affected_sop_class_uid == VERIFICATION
    return CEchoRsp(
        message_id_being_responded_to=request.message_id,
        status=SUCCESS if known else SOP_CLASS_NOT_SUPPORTED,
        affected_sop_class_uid=request.affected_sop_class_uid,
    )
