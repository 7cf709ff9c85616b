"""`choreo` and `python -m choreo`: the command line interface."""

import sys
from importlib.util import find_spec


def main() -> None:
    """Run the command, if its optional dependencies are installed."""
    missing = [name for name in ("rich", "typer") if find_spec(name) is None]
    if missing:
        sys.exit(f"the command needs {' and '.join(missing)}: pip install 'choreo-sdk[command]'")
    from choreo.command.app import app  # noqa: PLC0415 - needs what was just looked for

    app(prog_name="choreo")


if __name__ == "__main__":
    main()
