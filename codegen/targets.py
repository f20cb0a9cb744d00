"""The generated files with their generators, in the order in which they can be written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from codegen import (
    codes,
    commands,
    conformance,
    deviations,
    diagnosis,
    drawing,
    editions,
    fsm,
    requestor,
    rows,
    services,
    sop_classes,
    statuses,
    terms,
)
from codegen.pages import codes as pages_codes
from codegen.pages import dimse, rooms, state_machine
from codegen.spec import Spec, load

GENERATED = "src/dulcimer/_generated"


@dataclass(frozen=True)
class Target:
    """A generated file: its path from the root of the project, and the function that makes its text."""

    path: str
    generate: Callable[[Spec], str]


def _headers(_spec: Spec) -> str:
    # Imported late: it reads the schemas of dulcimer.wire, which import files written just before.
    from codegen import headers

    return headers.generate()


def _p_data(_spec: Spec) -> str:
    # Imported late, as above.
    from codegen import p_data

    return p_data.generate()


def _command_codecs(spec: Spec) -> str:
    # Imported late, as above.
    from codegen import command_codecs

    return command_codecs.generate(spec)


def _pdus(_spec: Spec) -> str:
    # Imported late, as above.
    from codegen.pages import pdus

    return pdus.generate()


def _traces(_spec: Spec) -> str:
    # Imported late, as above.
    from codegen.pages import traces

    return traces.generate()


def _trace_schema(_spec: Spec) -> str:
    # Imported late, as above.
    from codegen.pages import traces

    return traces.schema()


def _conformance_rules(spec: Spec) -> str:
    # Imported late: it lists cases that are made from files written just before.
    from codegen.pages import conformance_rules

    return conformance_rules.generate(spec)


def _troubleshooting(spec: Spec) -> str:
    # Imported late, as above.
    from codegen.pages import troubleshooting

    return troubleshooting.generate(spec)


def _illustrated(name: str) -> Callable[[Spec], str]:
    def generate(_spec: Spec) -> str:
        # Imported late, as above.
        from codegen.illustrated import pages

        return pages.page_of(name) if name else pages.index()

    return generate


def _picture(layer: str) -> Callable[[Spec], str]:
    def generate(_spec: Spec) -> str:
        # Imported late, as above.
        from codegen.pages import pictures

        return pictures.generate(layer)

    return generate


def _poster(_spec: Spec) -> str:
    # Imported late, as above.
    from codegen.illustrated import poster

    return poster.poster()


def _slides(_spec: Spec) -> str:
    # Imported late, as above.
    from codegen.illustrated import slides

    return slides.slides()


def _package(_spec: Spec) -> str:
    return '"""What `python -m codegen` writes from `spec/` and the schemas: do not edit."""\n'


TARGETS = (
    Target(f"{GENERATED}/__init__.py", _package),
    Target(f"{GENERATED}/fsm.py", fsm.generate),
    Target(f"{GENERATED}/codes.py", codes.generate),
    Target(f"{GENERATED}/commands.py", commands.generate),
    Target(f"{GENERATED}/statuses.py", statuses.generate),
    Target(f"{GENERATED}/services.py", services.generate),
    Target(f"{GENERATED}/sop_classes.py", sop_classes.generate),
    Target(f"{GENERATED}/terms.py", terms.generate),
    Target(f"{GENERATED}/editions.py", editions.generate),
    Target(f"{GENERATED}/headers.py", _headers),
    Target(f"{GENERATED}/p_data.py", _p_data),
    Target(f"{GENERATED}/command_codecs.py", _command_codecs),
    Target("docs/reference/codes.md", pages_codes.generate),
    Target("docs/reference/pdus.md", _pdus),
    Target("docs/reference/dimse.md", dimse.generate),
    Target(f"{GENERATED}/rows.py", lambda _spec: rows.generate()),
    Target(f"{GENERATED}/drawing.json", drawing.generate),
    Target(f"{GENERATED}/drawing.py", lambda _spec: drawing.classes()),
    Target(f"{GENERATED}/conformance.json", lambda spec: conformance.generate(spec.root)),
    Target(f"{GENERATED}/conformance.py", lambda _spec: conformance.classes()),
    Target(f"{GENERATED}/requestor.json", lambda spec: requestor.generate(spec.root)),
    Target(f"{GENERATED}/requestor.py", lambda _spec: requestor.classes()),
    Target(f"{GENERATED}/diagnosis.json", lambda spec: diagnosis.generate(spec.root)),
    Target(f"{GENERATED}/diagnosis.py", lambda _spec: diagnosis.classes()),
    Target(f"{GENERATED}/deviations.json", lambda spec: deviations.generate(spec.root)),
    Target(f"{GENERATED}/deviations.py", lambda _spec: deviations.classes()),
    Target("docs/reference/conformance_rules.md", _conformance_rules),
    Target("docs/reference/traces.md", _traces),
    Target("docs/reference/trace-1.schema.json", _trace_schema),
    Target("docs/guide/troubleshooting.md", _troubleshooting),
    Target("docs/reference/state_machine.md", state_machine.generate),
    *(Target(f"docs/reference/state_machine_{layer}.svg", _picture(layer)) for layer in drawing.LAYERS),
    Target("docs/reference/rooms.md", lambda _spec: rooms.generate()),
    Target("docs/learn/illustrated/index.html", _illustrated("")),
    Target("docs/learn/illustrated/echo.html", _illustrated("echo")),
    Target("docs/learn/illustrated/store.html", _illustrated("store")),
    Target("docs/learn/illustrated/get.html", _illustrated("get")),
    Target("docs/learn/illustrated/collision.html", _illustrated("collision")),
    Target("docs/learn/illustrated/abort.html", _illustrated("abort")),
    Target("docs/learn/illustrated/tls.html", _illustrated("tls")),
    Target("docs/learn/slides.html", _slides),
    Target("docs/learn/poster.svg", _poster),
)


def write(root: Path) -> Iterator[Target]:
    """Write the files that are missing or stale below `root`, and yield them."""
    spec = load(root)
    for target in TARGETS:
        generated = target.generate(spec)
        path = root / target.path
        if not _is_fresh(path, generated):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(generated, encoding="utf-8", newline="\n")
            yield target


def stale(root: Path) -> list[Target]:
    """The files below `root` that are not what would be written now."""
    spec = load(root)
    found: list[Target] = []
    for target in TARGETS:
        try:
            fresh = _is_fresh(root / target.path, target.generate(spec))
        except (ImportError, AttributeError, OSError, LookupError, TypeError):
            # Its generator imports a file that was found stale or missing just before.
            if not found:
                raise
            fresh = False
        if not fresh:
            found.append(target)
    return found


def _is_fresh(path: Path, generated: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == generated
