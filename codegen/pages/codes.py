"""Writes `docs/reference/codes.md`: types and codes in the PDUs."""

from __future__ import annotations

from codegen.pages.markdown import hexadecimal, page, table
from codegen.spec import Spec
from codegen.spec.codes import Codes, Enumeration

SOURCE = "spec/ps3_8/codes.toml"

_INTRODUCTION = """
What a value of a type or code field says. A value that is not listed is reserved. The names on the left are the
members of the enumerations in `dulcimer._generated.codes`.
"""


def generate(spec: Spec) -> str:
    """The text of the page."""
    codes = spec.codes
    version, context = codes.protocol_version, codes.application_context_name
    return page(
        "Types and codes",
        SOURCE,
        _INTRODUCTION,
        f"Protocol version: {version.value} ({version.clause}). "
        f"Application context name: `{context.value}` ({context.clause}).",
        *(part for name, row in codes.enums.items() for part in _enumeration(name, row)),
        "## Rejections",
        "Every combination of the fields of an A-ASSOCIATE-RJ that is defined.",
        table(["Result", "Source", "Reason/Diag.", "in words"], _rejections(codes)),
    )


def _enumeration(name: str, enumeration: Enumeration) -> list[str]:
    rows = [
        [
            hexadecimal(member.value, 2) if name.endswith(("PduType", "ItemType")) else str(member.value),
            f"`{key}`",
            member.label,
            member.description,
            member.clause or enumeration.clause,
        ]
        for key, member in enumeration.members.items()
    ]
    return [
        f"## {name}",
        f"{enumeration.description} ({enumeration.clause})",
        table(["value", "member", "in the standard", "in words", "clause"], rows),
    ]


def _rejections(codes: Codes) -> list[list[str]]:
    results, sources = codes.enums["RejectResult"].members, codes.enums["RejectSource"].members
    return [
        [
            str(result.value),
            str(sources[source].value),
            str(reason.value),
            f"{result.description} by {sources[source].description}: {reason.description}",
        ]
        for result in results.values()
        for source, reasons in codes.reject_reasons.items()
        for reason in codes.enums[reasons].members.values()
    ]
