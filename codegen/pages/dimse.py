"""Writes `docs/reference/dimse.md`: DIMSE elements, messages, statuses and service classes."""

from __future__ import annotations

from codegen.pages.markdown import hexadecimal, page, table
from codegen.spec import Spec
from codegen.spec.dimse import Message, Messages, Statuses

SOURCE = "spec/ps3_7/ and spec/ps3_4/"

_ENCODING = """
A command set is always in Implicit VR Little Endian, whatever transfer syntax the presentation context has
(PS3.7 6.3.1). Its elements ascend by tag. Command Group Length (0000,0000) comes first and counts the bytes after
itself. Command Data Set Type (0000,0800) is {none} if there is no data set; any other value says that one follows.
"""

_MARKS = """
M mandatory, U optional, C conditional; (=) means that the value, if present, equals that of the request. Every
message also has {common}. A response may add {status_c} (DIMSE-C), or {status_n} (DIMSE-N), to give details
of its status.
"""


def generate(spec: Spec) -> str:
    """The text of the page."""
    messages, statuses = spec.messages, spec.statuses
    return page(
        "DIMSE messages, statuses and service classes",
        SOURCE,
        _ENCODING.format(none=hexadecimal(messages.no_data_set.value, 4)),
        "## Elements",
        _elements(messages),
        "## Messages",
        _MARKS.format(
            common=_names(messages.common, messages),
            status_c=_names(messages.status_elements_c, messages),
            status_n=_names(messages.status_elements_n, messages),
        ),
        *(_message(name, message, messages) for name, message in messages.messages.items()),
        "## Statuses",
        *_statuses(statuses, messages),
        "## Service classes",
        *_services(spec),
    )


def _tag(messages: Messages, keyword: str) -> str:
    return f"(0000,{messages.elements[keyword].tag:04X})"


def _names(keywords: tuple[str, ...], messages: Messages) -> str:
    return ", ".join(f"{messages.elements[key].name} {_tag(messages, key)}" for key in keywords)


def _elements(messages: Messages) -> str:
    rows = [
        [
            _tag(messages, keyword),
            element.name + (" (retired)" if element.retired else ""),
            f"`{keyword}`",
            element.vr,
            element.vm,
            element.clause,
        ]
        for keyword, element in messages.elements.items()
    ]
    return table(["tag", "name", "keyword", "VR", "VM", "clause"], rows)


def _message(name: str, message: Message, messages: Messages) -> str:
    rows = [
        [_tag(messages, key), messages.elements[key].name, mark, message.conditions.get(key, "")]
        for key, mark in message.elements.items()
    ]
    if message.data_set != "none":
        rows.append(["data set", message.data_set_name, message.data_set, message.conditions.get("data_set", "")])
    answer = f" Answered by {message.response}." if message.response else ""
    return "\n\n".join(
        [
            f"### {name}",
            f"Command field {hexadecimal(message.command_field, 4)} ({message.clause}).{answer}",
            table(["tag", "element", "mark", "condition"], rows),
        ]
    )


def _statuses(statuses: Statuses, messages: Messages) -> list[str]:
    classes = [
        [
            name,
            ", ".join(row.values) + (f" except {', '.join(row.except_)}" if row.except_ else ""),
            "yes" if row.final else "no, more responses follow",
            row.clause,
        ]
        for name, row in statuses.classes.items()
    ]
    general = [
        [
            code,
            status.meaning,
            statuses.category(int(code, 16)),
            ", ".join([_tag(messages, key) for key in status.elements] + ["data set"] * status.data_set),
            status.clause,
        ]
        for code, status in statuses.statuses.items()
    ]
    parts = [
        table(["class", "values", "final", "clause"], classes),
        "### Statuses of any service",
        table(["status", "meaning", "class", "details in", "clause"], general),
    ]
    for service, rows in statuses.services.items():
        listed = [
            [code, row.meaning, statuses.category(int(code.replace("x", "0"), 16)), row.clause]
            for code, row in rows.items()
        ]
        parts += [f"### Statuses of {service}", table(["status", "meaning", "class", "clause"], listed)]
    return parts


def _services(spec: Spec) -> list[str]:
    parts = []
    for name, service in spec.services.items():
        parts += [
            f"### {name} service class",
            f"{service.clause}; by {', '.join(service.messages)}.",
            table(
                ["keyword", "SOP class", "UID"],
                [
                    [f"`{key}`", spec.sop_classes[key].name + retired, f"`{spec.sop_classes[key].uid}`"]
                    for keys, retired in ((service.sop_classes, ""), (service.retired, " (retired)"))
                    for key in keys
                ],
            ),
        ]
        rows = [
            [message, code, row.meaning, spec.statuses.category(int(code.replace("x", "0"), 16)), row.clause]
            for message in service.messages
            for code, row in spec.service_statuses.of(name, message).statuses.items()
        ]
        if rows:
            parts += [
                "Statuses of this service class:",
                table(["service", "status", "meaning", "class", "clause"], rows),
            ]
    return parts
