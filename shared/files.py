"""Files and folders that survive a power failure.

fsync(2) of a file does not cover its entry in the folder, nor that of the folder in its own parent.
"""

import os
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE, S_ISLNK

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600


def write_atomically(file: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a file and create its folder; a reader, or a start after a power failure, sees the old content or the new.

    The file has this `mode` whatever an earlier one had.
    """
    make_folder(file.parent)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as writer:
        writer.write(text)
        writer.flush()
        os.fsync(writer.fileno())
    draft.replace(file)
    sync_folder(file.parent)


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Create a folder and its missing parents with this mode, less the umask. Their entries survive a power failure."""
    if folder.is_dir():
        return
    make_folder(folder.parent, mode)
    folder.mkdir(mode=mode, exist_ok=True)
    sync_folder(folder.parent)


def make_private(folder: Path) -> None:
    """Create a folder for its user alone, or take the rights of others from an existing one and what lies in it.

    Raises:
        PermissionError: the folder, or a file or folder directly in it, belongs to another user.
    """
    make_folder(folder, PRIVATE_FOLDER)
    for path in (folder, *folder.iterdir()):
        with suppress(FileNotFoundError):  # SQLite removes its journals
            mode = path.lstat().st_mode
            if mode & 0o077 and not S_ISLNK(mode):
                path.chmod(S_IMODE(mode) & 0o700)


def sync_folder(folder: Path, root: Path | None = None) -> None:
    """Sync the entries of a folder, and with `root` those of every folder from there up to `root`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if root is not None and folder != root:
        sync_folder(folder.parent, root)
