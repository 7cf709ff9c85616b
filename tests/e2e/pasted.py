"""The code blocks of a page, run as one shell session."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 600.0
"""Seconds that a busy machine may take; an idle one takes ten."""
SPOKEN = {"sh": ["bash", "-euo", "pipefail"], "python": [sys.executable, "-"]}


def blocks(page: str, *languages: str) -> list[tuple[str, str]]:
    """The blocks of a page in these languages, in order: each with its language."""
    text = (ROOT / page).read_text()
    return re.findall(rf"^```({'|'.join(languages)})\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def typed(language: str, text: str, folder: Path) -> str:
    """The output of a block, which must succeed; processes that it started are ended."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(SPOKEN[language], cwd=folder, text=True, start_new_session=True, **pipes) as process:
        try:
            said, errors = process.communicate(text, timeout=PATIENCE)
        except subprocess.TimeoutExpired as expired:
            os.killpg(process.pid, signal.SIGKILL)
            raise AssertionError(f"it took too long; until then:\n{process.communicate()[0]}") from expired
    assert process.returncode == 0, said + errors
    return said


def session(page: str) -> str:
    """All blocks of a page as one shell script; Python blocks run with this interpreter."""
    spoken = {"sh": "{}", "python": ".venv/bin/python - <<'PYTHON'\n{}PYTHON\n"}
    return "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n" + "".join(
        spoken[language].format(text) for language, text in blocks(page, "sh", "python")
    )
