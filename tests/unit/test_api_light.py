"""The API imports no heavy library."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "diffusers", "peft", "transformers", "accelerate", "celery", "kombu", "boto3", "av", "numpy"}
PROGRAM = """
import sys
import api.main
from shared.settings import Settings
api.main.create_app(Settings(database_url="sqlite:///{0}/a.db", storage_url="directory:{0}/s", work_dir="{0}/w"))
print("\\n".join(sys.modules))
"""


def test_a_fresh_process_with_the_app_has_loaded_nothing_heavy(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert "api.main" in loaded
    assert {name for name in loaded if name.partition(".")[0] in HEAVY} == set()
    assert {name for name in loaded if name.startswith(("services.motion", "worker", "deploy"))} == set()
