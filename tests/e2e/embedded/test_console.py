"""The console in a real browser, on the embedded stack that `make up` runs: sign in, train, generate, cancel."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from deploy.embedded.credentials import Credentials
from tests.servers.programs import CHROMIUM, path_of
from tests.servers.required import require
from tests.vocabulary_cases import CAPTIONS, GRAMMAR, PROMPTS, TERMS

TIMEOUT_MS = 300_000
"""Milliseconds to wait for a job on a busy machine, where loading torch is slow. On an idle one it takes 5 s."""
CAPTION = "a red circle moving up left"

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
    """A new tab. The test fails when a script in it fails or the Content Security Policy blocks anything."""
    errors: list[str] = []
    page = browser.new_context().new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
    yield page
    page.context.close()
    assert errors == []


def _expect_state(page: Page, state: str) -> None:
    expect(page.locator(".job")).to_have_attribute("data-state", state, timeout=TIMEOUT_MS)


def test_a_concept_is_trained_and_a_video_generated(page: Page, credentials: Credentials, clip: Path):
    page.goto(f"{credentials.base_url}/console#key={credentials.api_key}")
    page.get_by_label("Concept name").fill("to the right")
    page.get_by_label("Clips", exact=True).set_input_files(clip)
    page.get_by_label("Caption").fill(CAPTION)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_role("heading", name="Train to the right")).to_be_visible(timeout=TIMEOUT_MS)
    assert credentials.api_key not in page.url
    _expect_state(page, "succeeded")
    expect(page.get_by_role("img", name="Training loss by step")).to_be_visible()
    expect(page.locator(".job")).to_contain_text("motion fidelity")

    expect(page.get_by_label("Concept", exact=True)).to_contain_text("to the right, version 1", timeout=TIMEOUT_MS)
    page.get_by_label("Prompt").fill("a blue ring moving up left")
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.get_by_role("heading", name="a blue ring moving up left")).to_be_visible()
    _expect_state(page, "succeeded")
    video = page.locator(".job video")
    expect(video).to_have_js_property("videoWidth", 32)
    page.wait_for_function("document.querySelector('.job video').currentTime > 0")
    assert '"con_' in (page.locator(".job pre").text_content() or "")


def test_words_outside_the_vocabulary_are_named_before_and_after_submission(page: Page, credentials: Credentials):
    page.goto(f"{credentials.base_url}/console#key={credentials.api_key}")
    page.get_by_label("Caption").fill("a red circle orbiting on a black background")
    expect(page.locator(".warning")).to_have_count(0)
    page.get_by_label("Caption").fill("a red cat orbiting on a black background")
    expect(page.locator(".warning")).to_contain_text("was not trained on “cat”")
    page.get_by_label("Caption").fill("")
    page.get_by_label("Prompt").fill("a red ring growing")
    expect(page.locator(".warning")).to_have_count(0)
    page.get_by_label("Prompt").fill("a red horse growing")
    expect(page.locator(".warning")).to_contain_text("was not trained on “horse”")
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.locator(".job .warning")).to_contain_text('was not trained on "horse"')
    _expect_state(page, "succeeded")
    expect(page.locator(".job .warning")).to_be_visible()


def test_a_job_is_canceled_and_retried(page: Page, credentials: Credentials, clip: Path):
    page.goto(f"{credentials.base_url}/console#key={credentials.api_key}")
    page.get_by_label("Concept name").fill("too long")
    page.get_by_label("Clips", exact=True).set_input_files(clip)
    page.get_by_label("Caption").fill(CAPTION)
    page.get_by_text("More settings").click()
    page.get_by_label("Training steps").fill("100000")
    page.get_by_role("button", name="Train", exact=True).click()
    _expect_state(page, "running")
    page.get_by_role("button", name="Cancel", exact=True).click()
    _expect_state(page, "canceled")
    page.get_by_role("button", name="Retry", exact=True).click()
    _expect_state(page, "running")
    page.get_by_role("button", name="Cancel", exact=True).click()
    _expect_state(page, "canceled")


def test_errors_are_shown(page: Page, credentials: Credentials):
    page.goto(f"{credentials.base_url}/console")
    page.get_by_label("API key").fill("chk_wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("API key")
    page.get_by_label("API key").fill(credentials.api_key)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Prompt").fill("   ")
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("/prompt")
    page.reload()
    page.get_by_role("button", name="Sign out").click()
    page.reload()
    expect(page.get_by_label("API key")).to_be_visible()


def test_the_page_finds_the_same_unknown_words_as_the_service(page: Page, credentials: Credentials):
    page.goto(f"{credentials.base_url}/console")
    found = page.evaluate(
        """async ([vocabulary, prompts, captions]) => {
            const { unknownInPrompt, unknownInCaption } = await import("./console/vocabulary.js");
            return [
                prompts.map(([prompt, learned]) => unknownInPrompt(prompt, vocabulary, learned)),
                captions.map(([caption]) => unknownInCaption(caption, vocabulary)),
            ];
        }""",
        [{"grammar": GRAMMAR, "terms": TERMS}, PROMPTS, CAPTIONS],
    )
    assert found == [[unknown for _, _, unknown in PROMPTS], [unknown for _, unknown in CAPTIONS]]
