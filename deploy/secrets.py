"""Generates the secrets that docker-compose.yml mounts, each in a file of its own: `python -m deploy.secrets`.

Existing files are kept. To use a managed PostgreSQL, for example, write its URL to `secrets/database_url` first.
"""

import argparse
import json
import secrets
from pathlib import Path

FOLDER = Path("secrets")


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
    database = keep("postgres_password", secrets.token_urlsafe(24))
    keep("database_url", f"postgresql+psycopg://choreo:{database}@postgres:5432/choreo")
    broker = keep("redis_password", secrets.token_urlsafe(24))
    keep("redis.conf", f"requirepass {broker}\n")
    keep("broker_url", f"redis://:{broker}@redis:6379/0")
    access, secret = keep("s3_access_key", secrets.token_hex(10)), keep("s3_secret_key", secrets.token_urlsafe(30))
    keep("s3_identities.json", json.dumps(_identities(access, secret), indent=2))
    return made


def _identities(access: str, secret: str) -> dict[str, object]:
    """The accounts of SeaweedFS: one, with every right."""
    credentials = [{"accessKey": access, "secretKey": secret}]
    return {"identities": [{"name": "choreo", "credentials": credentials, "actions": ["Admin"]}]}


if __name__ == "__main__":
    main()
