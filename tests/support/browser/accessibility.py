"""What axe-core says about a page in Chromium, in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from support.peers.catalogue import PACKAGES, program_path

WIDTH, HEIGHT = 1440, 900
_AXE = """async (rules) => {
  const result = await axe.run(document, {resultTypes: ["violations"], ...(rules.length && {runOnly: rules})});
  return result.violations.map(one => [one.impact, one.id, one.nodes.slice(0, 3).map(node => node.html)]);
}"""


@contextmanager
def page_in_chromium(*, obeys_pages: bool = False) -> Iterator[Page]:
    """A page of a browser without network, 1440 pixels wide, in which nothing moves.

    Scripts of tests may run in it even if the page forbids all but its own, unless the browser obeys pages.
    """
    with sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=program_path("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT},
            offline=True,
            reduced_motion="reduce",
            bypass_csp=not obeys_pages,
        )
        context.set_default_timeout(120_000)
        yield context.new_page()
        browser.close()


def faults_of(page: Page, path: Path, places: Sequence[str] = ("",)) -> list[list[Any]]:
    """The serious and critical faults at these places of a page: place and scheme, rule, elements.

    In dark only the colours are looked at: all else is as in light.
    """
    found: list[list[Any]] = []
    for place in places:
        page.goto("about:blank")
        page.goto(f"{path.as_uri()}{place}")
        page.add_script_tag(path=PACKAGES / "npm" / "node_modules" / "axe-core" / "axe.min.js")
        for scheme, rules in (("light", []), ("dark", ["color-contrast"])):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
            page.evaluate("(scheme) => { document.body.dataset.theme = scheme; }", scheme)
            faults = page.evaluate(_AXE, rules)
            found += [[f"{place} {scheme}", *one[1:]] for one in faults if one[0] in ("serious", "critical")]
    return found


def tab_to(page: Page, selector: str) -> None:
    """Go there with the Tab key alone; fails if that is not possible."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached with the Tab key")


def hangs_over(page: Page) -> int:
    """How many pixels of the page are beyond the right edge of the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def small_texts(page: Page) -> list[list[Any]]:
    """Visible texts that are smaller than 12 pixels, except for bytes: 16 of them fit into a line of a phone."""
    found: list[list[Any]] = page.evaluate(
        """() => [...document.querySelectorAll("body :not(svg *, script, style, .hex *, .bytes *)")]
          .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
          .filter((one) => one.getBoundingClientRect().width && getComputedStyle(one).visibility === "visible")
          .map((one) => [one.textContent.slice(0, 40), parseFloat(getComputedStyle(one).fontSize)])
          .filter(([, size]) => size < 11.99)"""
    )
    return found
