"""`python -m deploy.secrets`: makes the secrets that docker-compose.yml names, each in a file of its own.

Files that are there already stay as they are, so a URL of a managed PostgreSQL, say, may be put in place before.
"""

import argparse
import json
import secrets
from pathlib import Path

FOLDER = Path("secrets")


def main() -> None:
    """Write what is missing."""
    parser = argparse.ArgumentParser(prog="python -m deploy.secrets", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER, help=f"where ({FOLDER}/)")
    folder: Path = parser.parse_args().folder
    print(f"{folder}/: " + (", ".join(make(folder)) or "nothing was missing"))


def make(folder: Path) -> list[str]:
    """Write the secrets that `folder` lacks; returns their names.

    Only the owner can read the folder. The files in it are readable by others: containers are handed single
    files, as they are, and run as users that this machine does not know.
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
    """SeaweedFS's accounts: only the service's."""
    credentials = [{"accessKey": access, "secretKey": secret}]
    return {"identities": [{"name": "choreo", "credentials": credentials, "actions": ["Admin"]}]}


if __name__ == "__main__":
    main()
