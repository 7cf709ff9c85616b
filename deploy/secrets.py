"""Generates the secrets that docker-compose.yml mounts, each in a file of its own: `python -m deploy.secrets`.

Existing files are kept. To use a managed PostgreSQL, for example, write its URL to `secrets/database_url` first.
"""

import argparse
import json
import secrets
from pathlib import Path

FOLDER = Path("secrets")
BUCKET = "choreo"
PROGRAMS_MAY, BUCKET_MAY = ("Read", "Write", "List"), ("Admin",)


def main() -> None:
    """Write the missing files and print their names."""
    parser = argparse.ArgumentParser(prog="python -m deploy.secrets", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER, help=f"folder of the files ({FOLDER}/)")
    folder: Path = parser.parse_args().folder
    print(f"{folder}/: " + (", ".join(make(folder)) or "every file exists"))


def make(folder: Path) -> list[str]:
    """Write the missing files to `folder`; returns their names.

    The folder has mode 0700. The files have mode 0444, because Compose mounts them one by one into containers that run
    as users of their own.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    made: list[str] = []

    def keep(name: str, text: str) -> str:
        file = folder / name
        if not file.exists():
            file.write_text(text, encoding="utf-8")
            file.chmod(0o444)
            made.append(name)
        return file.read_text(encoding="utf-8")

    keep("secret_key", secrets.token_urlsafe(48))
    keep("postgres_password", secrets.token_urlsafe(24))
    database = keep("database_password", secrets.token_urlsafe(24))
    keep("database_url", f"postgresql+psycopg://choreo:{database}@postgres:5432/choreo")
    broker = keep("redis_password", secrets.token_urlsafe(24))
    keep("redis.conf", f"requirepass {broker}\n")
    keep("broker_url", f"redis://:{broker}@redis:6379/0")
    identities = [
        _identity(name, keep(f"{prefix}_access_key", secrets.token_hex(10)),
                  keep(f"{prefix}_secret_key", secrets.token_urlsafe(30)), actions)
        for name, prefix, actions in (("choreo", "s3", PROGRAMS_MAY), ("bucket", "s3_bucket", BUCKET_MAY))
    ]  # fmt: skip
    keep("s3_identities.json", json.dumps({"identities": identities}, indent=2, allow_nan=False))
    return made


def _identity(name: str, access: str, secret: str, actions: tuple[str, ...]) -> dict[str, object]:
    """An account of SeaweedFS."""
    credentials = [{"accessKey": access, "secretKey": secret}]
    return {"name": name, "credentials": credentials, "actions": [f"{action}:{BUCKET}" for action in actions]}


if __name__ == "__main__":
    main()
