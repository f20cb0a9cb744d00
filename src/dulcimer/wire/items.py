"""Schemas of the items and sub-items of A-ASSOCIATE-RQ and -AC (PS3.8 9.3.2, 9.3.3, Annex D; PS3.7 D.3.3).

Every item opens with 4 bytes: type, a reserved byte (57H: its version), and a 2-byte length of what follows.
The numbers in `reserved_6` and the like count bytes from 1, as the tables of the standard do.
"""

from __future__ import annotations

from typing import Any

from construct import Renamed

from dulcimer._generated.codes import ContextResult, ItemType, PduType, UserIdentityType
from dulcimer.wire.fields import Bytes, Coded, Const, Integer, Length, Reserved, Text, Uid
from dulcimer.wire.layout import RAW, Layout
from dulcimer.wire.lists import (
    ItemsToEnd,
    Occurrence,
    RunOf,
    any_number,
    at_most_one,
    never,
    one,
    one_or_more,
)
from dulcimer.wire.rules import BitZeroSet, NotAbove, ValueWords, ZeroUnless

ITEM_SCHEMAS: dict[int, Layout] = {}
"""The schema of each item type; of 50H, the one in an A-ASSOCIATE-RQ."""

_IGNORED = "0 when sent, not tested when received"


_TOP_LEVEL = (
    ItemType.APPLICATION_CONTEXT,
    ItemType.PRESENTATION_CONTEXT_RQ,
    ItemType.PRESENTATION_CONTEXT_AC,
    ItemType.USER_INFORMATION,
)


def _item(item_type: ItemType, *members: Renamed, second: Renamed = None, clause: str = "") -> Layout:
    """The layout of an item; `second` is its second byte where that is not reserved."""
    title = f"{item_type.label} {'item' if item_type in _TOP_LEVEL else 'sub-item'}"
    layout = Layout(
        title,
        clause or item_type.clause,
        "item_type" / Const(1, item_type) * f"{item_type:02X}H: {title}",
        second or "reserved_2" / Reserved(1) * _IGNORED,
        "item_length" / Length(2) * "bytes from here to the end of the item",
        *members,
    )
    ITEM_SCHEMAS.setdefault(int(item_type), layout)
    return layout


CONTEXT_ID = BitZeroSet("presentation context ID {value} is not odd")
"""Presentation context IDs are odd, from 1 to 255 (PS3.8 9.3.2.2)."""

_FLAG = NotAbove(1, "is {value}, must be 0 or 1")
_PASSCODE = int(UserIdentityType.USERNAME_AND_PASSCODE)
_SECONDARY = ZeroUnless("user_identity_type", _PASSCODE, f"is {{value}}, must be 0 unless the type is {_PASSCODE}")
_OPERATIONS = ValueWords({0: "unlimited", 1: "synchronous"}, "at most {value} outstanding")
_ROLE = ValueWords({0: "does not support the role", 1: "supports the role"})
_ANSWER = ValueWords({0: "no answer requested", 1: "answer requested"})

UNKNOWN_ITEM = Layout(
    "item of unknown type",
    "PS3.8 9.3.1",
    "item_type" / Integer(1, meaning=ValueWords({}, "{value:02X}H is not defined here")) * "not defined here",
    "reserved_2" / Reserved(1) * _IGNORED,
    "item_length" / Length(2) * "bytes from here to the end of the item",
    RAW / Bytes() * "skipped by receivers",
)
"""Item of a type that is not defined where it occurs (PS3.8 9.3.1): 4 bytes header, n bytes to skip."""


def _items(*occurrences: Occurrence, clause: str, **options: Any) -> ItemsToEnd:
    return ItemsToEnd(*occurrences, clause=clause, unknown=UNKNOWN_ITEM, elsewhere=ITEM_SCHEMAS, **options)


APPLICATION_CONTEXT = _item(
    ItemType.APPLICATION_CONTEXT,
    "application_context_name" / Uid() * "name of the application context, for DICOM a fixed UID",
)
"""Application Context item (10H): 4 bytes header, the name of 1 to 64 bytes."""

ABSTRACT_SYNTAX = _item(
    ItemType.ABSTRACT_SYNTAX,
    "abstract_syntax_name" / Uid() * "UID of the SOP class or meta SOP class proposed",
)
"""Abstract Syntax sub-item (30H): 4 bytes header, a UID of 1 to 64 bytes."""

TRANSFER_SYNTAX = _item(
    ItemType.TRANSFER_SYNTAX,
    "transfer_syntax_name" / Uid() * "UID of one transfer syntax",
)
"""Transfer Syntax sub-item (40H): 4 bytes header, a UID of 1 to 64 bytes."""

PRESENTATION_CONTEXT_RQ = _item(
    ItemType.PRESENTATION_CONTEXT_RQ,
    "presentation_context_id" / Integer(1, check=CONTEXT_ID) * "odd, 1 to 255, not used twice",
    "reserved_6" / Reserved(1) * _IGNORED,
    "reserved_7" / Reserved(1) * _IGNORED,
    "reserved_8" / Reserved(1) * _IGNORED,
    "sub_items"
    / _items(
        one(ABSTRACT_SYNTAX),
        one_or_more(TRANSFER_SYNTAX),
        clause=ItemType.PRESENTATION_CONTEXT_RQ.clause,
        ordered=True,
    )
    * "one abstract syntax sub-item, then one or more transfer syntax sub-items",
)
"""Presentation Context item (20H) of the A-ASSOCIATE-RQ: 4 bytes header, 4 bytes, sub-items."""

PRESENTATION_CONTEXT_AC = _item(
    ItemType.PRESENTATION_CONTEXT_AC,
    "presentation_context_id" / Integer(1, check=CONTEXT_ID) * "as in the A-ASSOCIATE-RQ",
    "reserved_6" / Reserved(1) * _IGNORED,
    "result_reason" / Coded(1, ContextResult) * "whether the context is accepted, and if not, why",
    "reserved_8" / Reserved(1) * _IGNORED,
    "sub_items"
    / _items(
        one(TRANSFER_SYNTAX),
        clause=ItemType.PRESENTATION_CONTEXT_AC.clause,
        significant_when=("result_reason", int(ContextResult.ACCEPTANCE)),
    )
    * "one transfer syntax sub-item; not significant unless the context is accepted",
)
"""Presentation Context item (21H) of the A-ASSOCIATE-AC: 4 bytes header, 4 bytes, one sub-item."""

MAXIMUM_LENGTH = _item(
    ItemType.MAXIMUM_LENGTH,
    "maximum_length_received"
    / Integer(4, meaning=ValueWords({0: "no limit"}))
    * "longest P-DATA-TF the sender takes, in bytes after its header; 0 for no limit",
)
"""Maximum Length sub-item (51H): 8 bytes."""

IMPLEMENTATION_CLASS_UID = _item(
    ItemType.IMPLEMENTATION_CLASS_UID,
    "implementation_class_uid" / Uid() * "UID of the implementation of the sender",
)
"""Implementation Class UID sub-item (52H): 4 bytes header, a UID of 1 to 64 bytes."""

ASYNCHRONOUS_OPERATIONS_WINDOW = _item(
    ItemType.ASYNCHRONOUS_OPERATIONS_WINDOW,
    "maximum_number_operations_invoked"
    / Integer(2, meaning=_OPERATIONS)
    * "operations the requestor may have outstanding; 0 for any number",
    "maximum_number_operations_performed"
    / Integer(2, meaning=_OPERATIONS)
    * "operations the acceptor may have outstanding; 0 for any number",
)
"""Asynchronous Operations Window sub-item (53H): 8 bytes."""

SCP_SCU_ROLE_SELECTION = _item(
    ItemType.SCP_SCU_ROLE_SELECTION,
    "uid_length" / Length(2, "sop_class_uid") * "bytes of the SOP class UID",
    "sop_class_uid" / Uid() * "SOP class, as in an abstract syntax sub-item",
    "scu_role" / Integer(1, check=_FLAG, meaning=_ROLE) * "1: the requestor may be SCU",
    "scp_role" / Integer(1, check=_FLAG, meaning=_ROLE) * "1: the requestor may be SCP",
)
"""SCP/SCU Role Selection sub-item (54H): 4 bytes header, 2 bytes, a UID, 2 bytes."""

IMPLEMENTATION_VERSION_NAME = _item(
    ItemType.IMPLEMENTATION_VERSION_NAME,
    "implementation_version_name" / Text(1, 16) * "version of the implementation, 1 to 16 characters",
)
"""Implementation Version Name sub-item (55H): 4 bytes header, 1 to 16 bytes."""

SOP_CLASS_EXTENDED_NEGOTIATION = _item(
    ItemType.SOP_CLASS_EXTENDED_NEGOTIATION,
    "sop_class_uid_length" / Length(2, "sop_class_uid") * "bytes of the SOP class UID",
    "sop_class_uid" / Uid() * "SOP class, as in an abstract syntax sub-item",
    "service_class_application_information" / Bytes() * "as the service class defines (PS3.4)",
)
"""SOP Class Extended Negotiation sub-item (56H): 4 bytes header, 2 bytes, a UID, n bytes."""

RELATED_GENERAL_SOP_CLASS = Layout(
    "related general SOP class",
    ItemType.SOP_CLASS_COMMON_EXTENDED_NEGOTIATION.clause,
    "related_general_sop_class_uid_length"
    / Length(2, "related_general_sop_class_uid")
    * "bytes of the related general SOP class UID",
    "related_general_sop_class_uid" / Uid() * "a SOP class that is a generalisation of this one",
)
"""One entry of the list in sub-item 57H: 2 bytes, a UID of 1 to 64 bytes."""

SOP_CLASS_COMMON_EXTENDED_NEGOTIATION = _item(
    ItemType.SOP_CLASS_COMMON_EXTENDED_NEGOTIATION,
    "sop_class_uid_length" / Length(2, "sop_class_uid") * "bytes of the SOP class UID",
    "sop_class_uid" / Uid() * "SOP class, as in an abstract syntax sub-item",
    "service_class_uid_length" / Length(2, "service_class_uid") * "bytes of the service class UID",
    "service_class_uid" / Uid() * "service class that the SOP class belongs to",
    "related_general_sop_class_identification_length"
    / Length(2, "related_general_sop_class_uids")
    * "bytes of the list of related general SOP classes, 0 for none",
    "related_general_sop_class_uids"
    / RunOf(RELATED_GENERAL_SOP_CLASS, RELATED_GENERAL_SOP_CLASS.clause)
    * "SOP classes that the SOP class is a specialisation of",
    "reserved" / Reserved(None) * "zero bytes long in version 0; skipped by receivers",
    second="sub_item_version" / Integer(1) * "version of the sub-item: 0",
)
"""SOP Class Common Extended Negotiation sub-item (57H): 4 bytes header, three lengths of 2 bytes, UIDs."""

USER_IDENTITY = _item(
    ItemType.USER_IDENTITY,
    "user_identity_type" / Coded(1, UserIdentityType) * "what the primary field holds",
    "positive_response_requested"
    / Integer(1, check=_FLAG, meaning=_ANSWER)
    * "1: the A-ASSOCIATE-AC shall have a User Identity sub-item",
    "primary_field_length" / Length(2, "primary_field") * "bytes of the primary field",
    "primary_field" / Bytes() * "user name, Kerberos ticket, SAML assertion or JSON web token",
    "secondary_field_length"
    / Length(2, "secondary_field", check=_SECONDARY)
    * "bytes of the secondary field, 0 without a passcode",
    "secondary_field" / Bytes() * "passcode",
)
"""User Identity sub-item (58H) of the A-ASSOCIATE-RQ: 4 bytes header, 6 bytes, two fields."""

USER_IDENTITY_RESPONSE = _item(
    ItemType.USER_IDENTITY_RESPONSE,
    "server_response_length" / Length(2, "server_response") * "bytes of the server response",
    "server_response" / Bytes() * "Kerberos server ticket or SAML response",
)
"""User Identity sub-item (59H) of the A-ASSOCIATE-AC: 4 bytes header, 2 bytes, n bytes."""


def _user_information(clause: str, *only_here: Occurrence) -> Layout:
    return _item(
        ItemType.USER_INFORMATION,
        "user_data"
        / _items(
            one(MAXIMUM_LENGTH),
            one(IMPLEMENTATION_CLASS_UID),
            at_most_one(ASYNCHRONOUS_OPERATIONS_WINDOW),
            any_number(SCP_SCU_ROLE_SELECTION, unique="sop_class_uid"),
            at_most_one(IMPLEMENTATION_VERSION_NAME),
            any_number(SOP_CLASS_EXTENDED_NEGOTIATION, unique="sop_class_uid"),
            *only_here,
            clause=clause,
        )
        * "sub-items in any order",
        clause=clause,
    )


USER_INFORMATION_RQ = _user_information(
    ItemType.USER_INFORMATION.clause,
    any_number(SOP_CLASS_COMMON_EXTENDED_NEGOTIATION, unique="sop_class_uid"),
    at_most_one(USER_IDENTITY),
    never(USER_IDENTITY_RESPONSE),
)
"""User Information item (50H) of the A-ASSOCIATE-RQ: 4 bytes header, sub-items."""

USER_INFORMATION_AC = _user_information(
    "PS3.8 9.3.3.3",
    never(SOP_CLASS_COMMON_EXTENDED_NEGOTIATION),
    never(USER_IDENTITY),
    at_most_one(USER_IDENTITY_RESPONSE),
)
"""User Information item (50H) of the A-ASSOCIATE-AC: 4 bytes header, sub-items."""

ITEMS_OF_RQ = _items(
    one(APPLICATION_CONTEXT),
    one_or_more(PRESENTATION_CONTEXT_RQ, unique="presentation_context_id"),
    one(USER_INFORMATION_RQ),
    clause=PduType.A_ASSOCIATE_RQ.clause,
    ordered=True,
)
"""The items of an A-ASSOCIATE-RQ, from its byte 75 on."""

ITEMS_OF_AC = _items(
    one(APPLICATION_CONTEXT),
    one_or_more(PRESENTATION_CONTEXT_AC, unique="presentation_context_id"),
    one(USER_INFORMATION_AC),
    clause=PduType.A_ASSOCIATE_AC.clause,
    ordered=True,
)
"""The items of an A-ASSOCIATE-AC, from its byte 75 on."""
