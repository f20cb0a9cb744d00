"""The programs of the cookbook print what their pages show."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.site.pages.recipes import Recipe, recipes
from support.forked_programs import run_program

RECIPES = recipes(Path(__file__).parents[2])


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.path.stem)
def test_program_prints_what_its_page_shows(recipe: Recipe) -> None:
    done = run_program(recipe.path, strict=True)
    assert (done.stdout.rstrip("\n"), done.stderr, done.returncode) == (recipe.prints, "", 0)


def test_cookbook_has_a_dozen_programs_with_titles_of_their_own() -> None:
    assert len(RECIPES) >= 12
    assert len({recipe.title for recipe in RECIPES}) == len(RECIPES)
    assert all(recipe.text and recipe.code for recipe in RECIPES)
