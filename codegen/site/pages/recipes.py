"""Pages of the cookbook: each is a program, what it is about, and what it prints."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from codegen.pages.markdown import table
from codegen.site.made import MadePage
from codegen.site.prose import escaped, page

FOLDER = "docs/cookbook"
_SAYS = "It prints::\n"


@dataclass(frozen=True, slots=True)
class Recipe:
    """A program: its first line, the rest of its text, what it prints, and its code without all that."""

    path: Path
    title: str
    text: str
    prints: str
    code: str


def recipes(root: Path) -> list[Recipe]:
    """The programs of the cookbook, by name; raises ValueError for one that does not say what it prints."""
    return [_recipe(path) for path in sorted((root / FOLDER).glob("*.py"))]


def _recipe(path: Path) -> Recipe:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    words = ast.get_docstring(tree, clean=False)
    if words is None or _SAYS not in words:
        raise ValueError(f"{path.name}: its text has to end with '{_SAYS.strip()}' and what it prints")
    said, _, printed = words.partition(_SAYS)
    title, _, text = said.partition("\n")
    first = tree.body[0]
    assert first.end_lineno is not None
    code = "\n".join(source.splitlines()[first.end_lineno :]).strip("\n")
    return Recipe(path, title.strip().rstrip("."), dedent(text).strip(), dedent(printed).strip("\n"), code)


def pages(root: Path) -> Iterator[MadePage]:
    """A page for each program, and their list."""
    found = recipes(root)
    for recipe in found:
        yield MadePage(f"recipes/{recipe.path.stem}", _page(recipe))
    rows = [[f"[{escaped(recipe.title)}]({recipe.path.stem}.md)", f"`{recipe.path.name}`"] for recipe in found]
    listed = "\n".join(recipe.path.stem for recipe in found)
    yield MadePage(
        "recipes/index",
        page(
            "Cookbook",
            (),
            f"{len(found)} whole programs. Each runs as it is, with a server and a client of its own on this machine; "
            "the tests run them, and compare what they print with these pages.",
            table(["program", "file in `docs/cookbook/`"], rows),
            f"```{{toctree}}\n:hidden:\n\n{listed}\n```",
            orphan=False,
        ),
    )


def _page(recipe: Recipe) -> str:
    return page(
        recipe.title,
        ("[Cookbook](/recipes/index.md)",),
        recipe.text,
        f"```python\n{recipe.code}\n```",
        "It prints:",
        f"```text\n{recipe.prints}\n```",
        f"The file is `{FOLDER}/{recipe.path.name}`.",
        orphan=False,
    )
