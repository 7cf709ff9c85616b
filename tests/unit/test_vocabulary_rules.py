"""The project's texts use the field's terms: words of its former private vocabulary stay out."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRIVATE_WORDS = {
    r"doorbells?": "notification",
    r"rung": "notified",
    r"desks?": "job store",
    r"lanes?": "engine slot",
    r"presence": "worker registration",
    r"pulse": "health file",
    r"hearts?": "heartbeat thread",
    r"troubles?": "failure counts, error classification",
    r"finale": "post-training evaluation",
    r"residence": "offload",
    r"ladder(?!_from\")": "retry schedule, timestep sequence",  # a column's name stays
    r"vaults?": "secret box",
    r"specimens?": "examples",
    r"footage": "evaluation input",
    r"untaught": "base model",
    r"taught|teach(es|ing)?": "trained, train",
    r"wishes": "signals",
    r"give_back|hands_over": "release, should_hand_over",
    r"whoever|(some|any|no)body": "the role or the process that is meant",
    r"ledgers?|books|couriers?": "record, webhook sender",
    r"doors?|thaw(s|ed|n)?": "proxy, resume",
    r"METHOD \d+": "docs/method.md, section ...",
}
EXEMPT = (
    "CHANGELOG.md",  # names what was renamed
    "tests/unit/test_vocabulary_rules.py",
    "api/console/vendor/",
    "sdk/python/src/choreo/generated/",
    "sdk/typescript/src/generated/",
    "sdk/openapi.released.json",  # the document of the last release
)
TEXTS = {".py", ".md", ".js", ".ts", ".mts", ".html", ".toml", ".yml", ".yaml", ".mako", ""}


def _texts() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    names = [name for name in listed.stdout.splitlines() if not name.startswith(EXEMPT)]
    return [ROOT / name for name in names if Path(name).suffix in TEXTS and (ROOT / name).is_file()]


@pytest.mark.parametrize(("word", "instead"), PRIVATE_WORDS.items())
def test_a_private_word_stays_out(word: str, instead: str) -> None:
    pattern = re.compile(rf"(?<![A-Za-z]){word}(?![A-Za-z])", re.IGNORECASE if word.islower() else 0)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in _texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == [], f"say {instead} instead"
