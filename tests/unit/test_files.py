"""Files of the embedded service: private to their user, and whole after a power failure."""

import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE

import pytest

from services.db.engine import make_engine
from shared.files import make_private, write_atomically


@pytest.fixture(autouse=True)
def lenient() -> Iterator[None]:
    """The umask of most systems."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return S_IMODE(path.stat().st_mode)


def test_a_new_database_and_its_folders_are_private_and_its_commits_are_on_the_disk(tmp_path: Path):
    file = tmp_path / "data" / "of" / "choreo.db"
    engine = make_engine(f"sqlite:///{file}")
    for access in ("write", "read"):
        with engine.connect().execution_options(access=access) as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2, access
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
        found = {path.name: mode(path) for path in [*file.parent.iterdir(), file.parent, file.parent.parent]}
    assert found == {"choreo.db": 0o600, "choreo.db-wal": 0o600, "choreo.db-shm": 0o600, "of": 0o700, "data": 0o700}
    engine.dispose()


def test_an_existing_folder_is_mended_and_what_it_points_to_is_left(tmp_path: Path):
    outside = tmp_path / "outside"
    outside.touch()
    folder = tmp_path / "data"
    (folder / "storage").mkdir(parents=True)
    (folder / "choreo.db").touch()
    (folder / "link").symlink_to(outside)
    make_private(folder)
    found = [mode(path) for path in (folder, folder / "storage", folder / "choreo.db", outside)]
    assert found == [0o700, 0o700, 0o600, 0o644]


def test_a_secret_is_never_readable_by_others_nor_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file, synced, sync = tmp_path / "new" / "secret", list[str](), os.fsync

    def record(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    write_atomically(file, "s3cret", mode=0o600)
    assert (file.read_text(), mode(file)) == ("s3cret", 0o600)
    assert synced[0] == str(tmp_path), "the folder's own entry"
    assert synced[1].startswith(str(file.parent / ".secret"))
    assert synced[2:] == [str(file.parent)]
    assert [path.name for path in file.parent.iterdir()] == ["secret"]
