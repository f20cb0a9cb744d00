"""Writes `_generated/codes.py`: types and codes in the PDUs, with their words."""

from __future__ import annotations

from codegen.emit import assign, cited, dict_of, module, text, tuple_of
from codegen.spec import Spec
from codegen.spec.codes import Codes, Enumeration

SOURCE = "spec/ps3_8/codes.toml"

_IMPORTS = """
from __future__ import annotations

from enum import IntEnum
from typing import Self
"""

_BASE = '''
class Code(IntEnum):
    """A value of a field.

    `label` as the standard calls it, `description` to be read in a sentence, `clause` that defines it.
    """

    _value_: int
    label: str
    description: str
    clause: str

    def __new__(cls, value: int, label: str = "", description: str = "", clause: str = "") -> Self:
        """One member."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.description = description
        member.clause = clause
        return member
'''

_FUNCTIONS = '''
def _words(kind: type[Code] | None, value: int, otherwise: str = "reserved value {}") -> str:
    for member in kind or ():
        if member == value:
            return member.description
    return otherwise.format(value)


def describe_rejection(result: int, source: int, reason: int) -> str:
    """What the three fields of an A-ASSOCIATE-RJ say, as a sentence; values may be undefined."""
    how = _words(RejectResult, result, "rejected (reserved value {})")
    who = _words(RejectSource, source, "a source of reserved value {}")
    return f"The association was {how} by {who}: {_words(REJECT_REASONS.get(source), reason)}."


def describe_abort(source: int, reason: int) -> str:
    """What the two fields of an A-ABORT say, as a sentence; values may be undefined."""
    who = _words(AbortSource, source, "a source of reserved value {}")
    if source == AbortSource.SERVICE_USER:
        return f"The association was aborted by {who}."
    return f"The association was aborted by {who}: {_words(AbortReason, reason)}."


def describe_context_result(result: int) -> str:
    """What the Result/Reason of a presentation context says, as a sentence; it may be an undefined value."""
    return f"The presentation context was {_words(ContextResult, result, 'answered with reserved value {}')}."
'''


def generate(spec: Spec) -> str:
    """The source of the module."""
    codes = spec.codes
    return module(
        SOURCE,
        "Types and codes in the PDUs of the upper layer (PS3.8 9.3, PS3.7 Annex D).",
        _IMPORTS,
        _BASE,
        *(_enumeration(name, enumeration) for name, enumeration in codes.enums.items()),
        "\n\n".join(_constants(codes)),
        _FUNCTIONS,
    )


def _constants(codes: Codes) -> list[str]:
    clauses = dict_of((name, text(enumeration.clause)) for name, enumeration in codes.enums.items())
    reasons = dict_of((f"RejectSource.{source}.value", name) for source, name in codes.reject_reasons.items())
    version, context = codes.protocol_version, codes.application_context_name
    return [
        f'{assign("CLAUSES: dict[type[Code], str]", clauses)}\n"""The clause that defines each field."""',
        f"{assign('REJECT_REASONS: dict[int, type[Code]]', reasons)}\n"
        '"""The reasons that go with each source of an A-ASSOCIATE-RJ (PS3.8 Table 9-21)."""',
        f"PROTOCOL_VERSION = {version.value}\n"
        f'"""The version of the protocol: bit 0 of the Protocol-version field ({version.clause})."""',
        f'APPLICATION_CONTEXT_NAME = {text(context.value)}\n"""The DICOM application context ({context.clause})."""',
    ]


def _enumeration(name: str, enumeration: Enumeration) -> str:
    lines = [f"class {name}(Code):", f'    """{cited(enumeration.description, enumeration.clause)}"""', ""]
    for key, member in enumeration.members.items():
        value = f"0x{member.value:02X}" if name.endswith("Type") and member.value > 9 else str(member.value)
        row = tuple_of([value, text(member.label), text(member.description), text(member.clause or enumeration.clause)])
        lines.append(assign(key, row, indent=4))
    return "\n".join(lines)
