"""What a page tells its reader to type, as one session in a shell."""

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
    """What a block prints; it must end well, and nothing that it started outlives it."""
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
    """All of a page's lines for one shell: what is Python is given to the environment's own."""
    spoken = {"sh": "{}", "python": ".venv/bin/python - <<'PYTHON'\n{}PYTHON\n"}
    return "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n" + "".join(
        spoken[language].format(text) for language, text in blocks(page, "sh", "python")
    )
