"""Reference of the public names of the package: read from their docstrings by Sphinx's autodoc."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from inspect import cleandoc

from sphinx.pycode import ModuleAnalyzer

from codegen.pages.markdown import table
from codegen.site.made import MadePage
from codegen.site.prose import escaped, page
from dulcimer.ae.core.settings import Settings
from dulcimer.conformance.report.clauses import links
from dulcimer.limits import Limits
from dulcimer.parameters import Parameter


@dataclass(frozen=True, slots=True)
class ApiPage:
    """A page: its title, a sentence, and what autodoc is to show: modules, or classes by their public names."""

    name: str
    title: str
    says: str
    modules: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()


PAGES = (
    ApiPage(
        "entities",
        "Application entities",
        "Programs speak DICOM with an entity: `AE`, or `AsyncAE` with `await`.",
        classes=("dulcimer.AE", "dulcimer.Association", "dulcimer.AsyncAE", "dulcimer.Timeouts"),
    ),
    ApiPage(
        "services",
        "ServiceUser and ServiceProvider",
        "Two small classes, with callbacks instead of events.",
        classes=(
            "dulcimer.ServiceUser",
            "dulcimer.ServiceProvider",
            "dulcimer.ServiceProviderParams",
            "dulcimer.ConnectionState",
            "dulcimer.Suboperations",
            "dulcimer.QRLevel",
            "dulcimer.TLSConfig",
        ),
        functions=("dulcimer.run_provider_for_conn",),
    ),
    ApiPage(
        "events",
        "Events",
        "What handlers are bound to. Programs import it as `evt`.",
        modules=("dulcimer.events.kinds",),
        classes=("dulcimer.events.Event",),
    ),
    ApiPage(
        "contexts",
        "Presentation contexts, SOP classes, statuses",
        "What is proposed and accepted, and what responses say.",
        modules=("dulcimer.presentation",),
        functions=("dulcimer.register_uid",),
    ),
    ApiPage(
        "machine",
        "The state machine",
        "Table 9-10 as a machine (PS3.8 9.2), what goes in and what comes out.",
        classes=("dulcimer.fsm.StateMachine",),
        functions=("dulcimer.fsm.build_machine",),
        modules=("dulcimer.fsm.effects", "dulcimer.fsm.primitives"),
    ),
    ApiPage(
        "upper_layer",
        "The upper layer without sockets",
        "Bytes and primitives in, bytes and indications out; the time is an argument.",
        classes=(
            "dulcimer.upper_layer.UpperLayer",
            "dulcimer.upper_layer.UpperLayerConfig",
            "dulcimer.upper_layer.Observer",
            "dulcimer.upper_layer.Observers",
            "dulcimer.acse.control.AssociationControl",
            "dulcimer.dimse.dialogue.Dialogue",
        ),
    ),
    ApiPage(
        "wire",
        "The bytes",
        "PDUs and items as dataclasses, and every byte as part of a named field.",
        modules=("dulcimer.wire.codec", "dulcimer.wire.model", "dulcimer.wire.fieldmap", "dulcimer.wire.schema_walk"),
    ),
    ApiPage(
        "low_level",
        "ACSE and DIMSE by hand",
        "For programs that send what no service sends.",
        classes=("dulcimer.acse.ACSE", "dulcimer.dimse.DIMSEServiceProvider", "dulcimer.dimse.DIMSEDecoder"),
    ),
    ApiPage(
        "faults",
        "Fault injection",
        "Faults on purpose, in associations of your own program.",
        modules=("dulcimer.upper_layer.fault_injection",),
    ),
    ApiPage(
        "testing",
        "dulcimer.testing",
        "For the tests of your own software.",
        classes=("dulcimer.testing.UpperLayerAdapter", "dulcimer.testing.UpperLayerMachine"),
        modules=("dulcimer.testing.strategies",),
    ),
    ApiPage("errors", "Errors", "One tree of exceptions.", modules=("dulcimer.errors",)),
)


def pages() -> Iterator[MadePage]:
    """All pages of the reference."""
    for one in PAGES:
        yield MadePage(f"api/{one.name}", _page(one))
    yield MadePage("api/settings", _settings())
    listed = "\n".join(["settings", *(one.name for one in PAGES)])
    rows = [["[Settings and limits](settings.md)", "every default, and its clause"]]
    rows += [[f"[{one.title}]({one.name}.md)", escaped(one.says)] for one in PAGES]
    contents = f"```{{toctree}}\n:hidden:\n\n{listed}\n```"
    yield MadePage("api/index", page("API", (), table(["page", "about"], rows), contents, orphan=False))


def _page(one: ApiPage) -> str:
    shown = [f".. autoclass:: {name}\n   :members:\n   :inherited-members:\n" for name in one.classes]
    shown += [f".. autofunction:: {name}\n" for name in one.functions]
    shown += [f".. automodule:: {name}\n   :members:\n" for name in one.modules]
    body = "\n".join(shown)
    return page(one.title, ("[API](/api/index.md)",), one.says, f"```{{eval-rst}}\n{body}```", orphan=False)


def _settings() -> str:
    """Every setting of an entity and every limit, with its default."""
    settings = [
        [f"`{name}`", _shown(value.default()), _in_a_row(value.__doc__), _clauses(value.__doc__)]
        for name, value in vars(Settings).items()
        if isinstance(value, Parameter)
    ]
    documented = _docs_of_limits()
    limits = [
        [f"`{field.name}`", f"{field.default:,}", documented[field.name], _clauses(documented[field.name])]
        for field in fields(Limits)
        if field.default is not MISSING
    ]
    return page(
        "Settings and limits",
        ("[API](/api/index.md)",),
        "## Settings of an entity",
        "Attributes of `AE` and `AsyncAE`. Times in seconds, lengths in bytes.",
        table(["setting", "default", "says", "clause"], settings),
        "## Limits",
        "Fields of `dulcimer.limits.Limits`: how much peers may send. Lengths in bytes.",
        table(["limit", "default", "limits", "clause"], limits),
        orphan=False,
    )


def _docs_of_limits() -> dict[str, str]:
    """What the source says below each limit."""
    found = ModuleAnalyzer.for_module(Limits.__module__).find_attr_docs()
    return {name: " ".join(lines).strip() for (owner, name), lines in found.items() if owner == Limits.__name__}


def _in_a_row(text: str | None) -> str:
    return " ".join(cleandoc(text or "").split())


def _shown(value: object) -> str:
    return "`Limits()`" if isinstance(value, Limits) else f"`{value!r}`{{.long}}"


def _clauses(text: str | None) -> str:
    return ", ".join(f"[{place.text}]({place.address})" for place in links(text or ""))
