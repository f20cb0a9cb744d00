"""Pages that are files: no serious fault of accessibility, usable on a phone, and with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from dulcimer.cli.main import app
from dulcimer.conformance.report.html import html
from dulcimer.learn.explorer.page import explorer_page
from dulcimer.wire.codec import encode
from support.associations import RQ
from support.browser.accessibility import faults_of, hangs_over, page_in_chromium, small_texts, tab_to
from support.command_runs import CommandRunner
from support.conformance.report_samples import one_of_each

pytestmark = [pytest.mark.peer("axe-core"), pytest.mark.xdist_group("pages for everybody")]

ILLUSTRATED = Path(__file__).parents[2] / "docs" / "learn" / "illustrated" / "collision.html"
WRONG = bytes.fromhex("07000000000400000700")


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with page_in_chromium() as found:
        yield found


@pytest.fixture
def phone(page: Page) -> Iterator[Page]:
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": 390, "height": 844})
    yield page
    page.set_viewport_size(size)


@pytest.fixture
def decoded(tmp_path: Path) -> Path:
    source, made = tmp_path / "pdus.bin", tmp_path / "decoded.html"
    source.write_bytes(encode(RQ) + WRONG)
    assert CommandRunner().invoke(app, ["decode", str(source), "--html", str(made)]).exit_code == 1
    return made


def test_explorer_has_no_serious_fault_in_any_of_its_modes(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "explorer.html"
    path.write_text(explorer_page(), encoding="utf-8")
    assert faults_of(page, path, ["#explore=r1ARAa7R", "#replay=3.9", "#quiz=1.2"]) == []


def test_report_of_a_check_has_no_serious_fault(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html([one_of_each()]), encoding="utf-8")
    assert faults_of(page, path, ["#case.failed"]) == []


def test_illustrated_association_has_no_serious_fault(page: Page) -> None:
    assert faults_of(page, ILLUSTRATED) == []


def test_decoded_pdus_have_no_serious_fault(page: Page, decoded: Path) -> None:
    assert faults_of(page, decoded) == []


def test_illustrated_association_and_decoded_pdus_fit_a_phone(phone: Page, decoded: Path) -> None:
    for path in (ILLUSTRATED, decoded):
        phone.goto(path.as_uri())
        assert hangs_over(phone) == 0, path.name
        assert small_texts(phone) == [], path.name


def test_every_field_of_an_illustrated_pdu_is_reached_with_the_keyboard(page: Page) -> None:
    page.goto(ILLUSTRATED.as_uri())
    tab_to(page, ".hex")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    step = page.locator("section.step").first
    names = step.locator("tr[data-f]").evaluate_all("(rows) => rows.map((row) => row.cells[1].textContent.trim())")
    for number, name in enumerate(names):
        assert step.locator(".detail b").inner_text().startswith(f"{name}: byte ")
        assert step.locator(".hex .lit").count() >= 1
        page.keyboard.press("ArrowRight" if number + 1 < len(names) else "Home")
    assert step.locator(".detail b").inner_text().startswith(f"{names[0]}: byte 0")


def test_bytes_lead_to_their_field_and_back_with_the_keyboard(page: Page, decoded: Path) -> None:
    page.goto(decoded.as_uri())
    tab_to(page, "#b1-6")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#f1-6"
    assert page.locator("#f1-6").is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#b1-6"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#b1-6"
