"""The console in a real browser, on the stack that `make up` runs: sign in, teach, perform, cancel."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from deploy.access import Access
from tests.servers.programs import CHROMIUM, path_of
from tests.servers.required import require

PATIENCE = 300_000
"""Milliseconds that a busy machine may take to load torch and run a few steps; an idle one takes five seconds."""
CAPTION = "a square moving right"

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require(CHROMIUM)
    with sync_playwright() as playwright:
        # Debian's Chromium refuses to sandbox for root, and CI is root.
        browser = playwright.chromium.launch(executable_path=path_of("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab of its own, in which no script may fail."""
    broken: list[str] = []
    page = browser.new_context().new_page()
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    page.context.close()
    assert broken == []


def _state(page: Page, state: str) -> None:
    expect(page.locator(".job")).to_have_attribute("data-state", state, timeout=PATIENCE)


def test_a_motion_is_taught_performed_and_seen(page: Page, access: Access, clip: Path):
    page.goto(f"{access.base_url}/console#key={access.api_key}")
    page.get_by_label("Name").fill("to the right")
    page.get_by_label("Clips").set_input_files(clip)
    page.get_by_label("What they show").fill(CAPTION)
    page.get_by_role("button", name="Teach", exact=True).click()
    expect(page.get_by_role("heading", name="teach to the right")).to_be_visible(timeout=PATIENCE)
    assert access.api_key not in page.url
    _state(page, "succeeded")
    expect(page.get_by_role("img", name="loss")).to_be_visible()
    expect(page.locator(".job")).to_contain_text("motion fidelity")

    expect(page.get_by_label("Motion", exact=True)).to_contain_text("to the right, version 1", timeout=PATIENCE)
    page.get_by_label("Prompt").fill("a blue ring moving right")
    page.get_by_role("button", name="Perform", exact=True).click()
    expect(page.get_by_role("heading", name="a blue ring moving right")).to_be_visible()
    _state(page, "succeeded")
    film = page.locator(".job video")
    expect(film).to_have_js_property("videoWidth", 32)
    page.wait_for_function("document.querySelector('.job video').currentTime > 0")
    assert '"con_' in (page.locator(".job pre").text_content() or "")


def test_a_job_is_canceled_and_tried_again(page: Page, access: Access, clip: Path):
    page.goto(f"{access.base_url}/console#key={access.api_key}")
    page.get_by_label("Name").fill("too long")
    page.get_by_label("Clips").set_input_files(clip)
    page.get_by_label("What they show").fill(CAPTION)
    page.get_by_text("More").click()
    page.get_by_label("Steps").fill("100000")
    page.get_by_role("button", name="Teach", exact=True).click()
    _state(page, "running")
    page.get_by_role("button", name="Cancel", exact=True).click()
    _state(page, "canceled")
    page.get_by_role("button", name="Try again", exact=True).click()
    _state(page, "running")
    page.get_by_role("button", name="Cancel", exact=True).click()
    _state(page, "canceled")


def test_what_is_wrong_is_said(page: Page, access: Access):
    page.goto(f"{access.base_url}/console")
    page.get_by_label("API key").fill("chk_wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("API key")
    page.get_by_label("API key").fill(access.api_key)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Prompt").fill("   ")
    page.get_by_role("button", name="Perform", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("/prompt")
    page.reload()
    page.get_by_role("button", name="Sign out").click()
    page.reload()
    expect(page.get_by_label("API key")).to_be_visible()
