"""Rolling releases: each migration is compatible with the code before it, and code waits for its own migration."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from secrets import token_hex
from threading import Thread
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Engine,
    Float,
    Integer,
    MetaData,
    Table,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ProgrammingError

from services.db import migrations
from services.db.engine import make_engine
from services.db.migrations import MigrationPending, check, runner, schema, upgrade
from services.db.migrations.runner import TableLocked
from shared.program import TEMPORARY
from tests.servers.postgresql import PostgresServer
from tests.servers.programs import path_of

FOLDER = Path(migrations.__file__).parent
SCRIPTS = sorted((FOLDER / "versions").glob("[0-9]*.py"))
REVISIONS = [one.revision for one in reversed(list(ScriptDirectory(str(FOLDER)).walk_revisions()))]
STEPS = list(pairwise(REVISIONS))
CONTRACTING = {"drop_table", "drop_column", "drop_constraint", "rename_table", "alter_column", "execute"}
"""What old code could stumble over; in a release of its own, such a migration says so: `contracts = "why it may"`."""
WRITTEN_BY_THE_DATABASE = {"alembic_version", "job_counts", "job_count_changes"}
"""Tables that no code inserts into: the migrations, the triggers of `jobs` and the sweep do."""
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database."""
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path / 'empty.db'}")
        yield engine
        engine.dispose()
        return
    server, name = request.getfixturevalue("postgresql_server"), f"empty_{token_hex(6)}"
    engine = make_engine(server.create(name))
    yield engine
    engine.dispose()
    server.drop(name)


def old_code(engine: Engine) -> list[Table]:
    """The tables as the code of this revision knows them, in an order in which rows may be inserted."""
    metadata = MetaData()
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name not in WRITTEN_BY_THE_DATABASE]


def row(table: Table, number: int) -> dict[str, Any]:
    """Any row, with a value in every column."""
    return {column.name: value(column, number) for column in table.columns}


def value(column: Column[Any], number: int) -> Any:
    for key in column.foreign_keys:
        return value(key.column, number)
    if isinstance(column.type, BigInteger | Integer):
        return number
    if isinstance(column.type, Float):
        return float(number)
    if isinstance(column.type, DateTime):
        return NOON
    return [] if isinstance(column.type, JSON) else f"{column.table.name} {column.name} {number}"


def write(engine: Engine, tables: list[Table], number: int) -> None:
    with engine.begin() as connection:
        for table in tables:
            connection.execute(table.insert().values(row(table, number)))


@pytest.mark.parametrize(("old", "new"), STEPS, ids=str)
def test_old_code_works_on_the_schema_after_its_own(empty: Engine, old: str, new: str):
    upgrade(empty, old)
    tables = old_code(empty)
    write(empty, tables, 1)
    upgrade(empty, new)
    write(empty, tables, 2)
    with empty.connect() as connection:
        for table in tables:
            found = sorted(str(one) for one in connection.execute(select(*table.primary_key.columns)))
            assert len(found) == 2, table.name
            connection.execute(select(table)).all()


def test_new_code_waits_for_its_migration_and_touches_nothing(empty: Engine):
    before, head = STEPS[-1]
    upgrade(empty, before)
    with pytest.raises(MigrationPending, match=rf"at revision {before}, not at {head}"):
        check(empty)
    environment = {"CHOREO_DATABASE_URL": empty.url.render_as_string(hide_password=False)}
    environment |= {"CHOREO_BROKER_URL": "redis://127.0.0.1:1/0"}
    argv = [sys.executable, "-m", "worker.relay"]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, env=os.environ | environment, timeout=300)
    assert (done.returncode, done.stderr.splitlines()[-1][:18]) == (TEMPORARY, "Migration pending:")
    assert schema(empty).found == before
    upgrade(empty)
    check(empty)


def contracting(source: str) -> list[str]:
    """The operations of a migration's `upgrade` that break the code before it; none if the migration declares them."""
    tree = ast.parse(source)
    if any(isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "contracts" for node in tree.body):
        return []
    (body,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "upgrade"]
    calls = [node for node in ast.walk(body) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    found = [call.func.attr for call in calls if call.func.attr in CONTRACTING]
    for call in calls:
        if call.func.attr == "add_column":
            text = ast.unparse(call)
            if "nullable=False" in text and "server_default" not in text:
                found.append(text)
    return found


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_migrations_only_add(script: Path):
    assert contracting(script.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "op.drop_column('jobs', 'state')",
        "op.rename_table('jobs', 'work')",
        "op.alter_column('jobs', 'state', nullable=False)",
        "op.add_column('jobs', sa.Column('x', sa.Text(), nullable=False))",
    ],
)
def test_a_migration_that_takes_something_away_is_found(line: str):
    source = f"def upgrade():\n    {line}\n"
    assert contracting(source)
    assert not contracting("contracts = 'nothing reads it since 2.0'\n" + source)


# ---------------------------------------------------------------- under traffic


@pytest.fixture
def in_use(postgresql_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A database whose tables exist, with a runner that is in a hurry."""
    monkeypatch.setattr(runner, "LOCK_SECONDS", 0.1)
    monkeypatch.setattr(runner, "PAUSE_SECONDS", (0.1, 0.2))
    name = f"in_use_{token_hex(6)}"
    engine = make_engine(postgresql_server.create(name))
    upgrade(engine, REVISIONS[0])
    yield engine
    engine.dispose()
    postgresql_server.drop(name)


def test_a_migration_behind_a_long_reader_lets_other_readers_pass(in_use: Engine, caplog: pytest.LogCaptureFixture):
    migration = Thread(target=upgrade, args=(in_use,))
    with in_use.connect() as long, in_use.connect() as others:
        long.execute(text("SELECT count(*) FROM jobs"))
        others.execute(text("SET lock_timeout = 1000"))  # ms: a reader that waits for the long one fails
        others.commit()
        migration.start()
        with caplog.at_level("WARNING", "services.db.migrations"):
            while len(caplog.records) < 3:
                others.execute(text("SELECT count(*) FROM jobs")).scalar_one()
                others.execute(text("INSERT INTO outbox (topic, payload, takes, available_at, created_at)"
                                    " VALUES ('t', '{}', 0, now(), now())"))  # fmt: skip
                others.commit()
        assert migration.is_alive()
        assert schema(in_use).found not in (None, REVISIONS[-1])
        assert "has been in a transaction for" in caplog.text
        long.rollback()
        migration.join(30)
    assert schema(in_use).found == REVISIONS[-1]


def test_a_migration_that_waits_in_vain_says_for_whom_and_changes_nothing(
    in_use: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(runner, "PATIENCE_SECONDS", 0.2)
    with in_use.connect() as long:
        long.execute(text("SELECT count(*) FROM webhook_deliveries"))
        with pytest.raises(TableLocked, match=r"revision 0002: .* process \d+ has been in a transaction"):
            upgrade(in_use)
    assert schema(in_use).found == REVISIONS[0]
    upgrade(in_use)


def test_an_index_that_is_missing_or_was_left_half_built_is_built(in_use: Engine):
    upgrade(in_use)
    with in_use.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("DROP INDEX ix_jobs_retry_of"))
        connection.execute(
            text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_jobs_delete_at'::regclass")
        )
        upgrade(in_use)
        query = "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid = ANY(:names ::regclass[])"
        names = {"names": ["ix_jobs_retry_of", "ix_jobs_delete_at"]}
        assert connection.execute(text(query), names).scalar_one() == 2


def locking(source: str) -> list[str]:
    """The indexes that a migration's `upgrade` builds while it locks a table that existed before."""
    tree = ast.parse(source)
    constants = {
        ast.unparse(target): ast.literal_eval(value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target, value in zip(
            node.targets[0].elts if isinstance(node.targets[0], ast.Tuple) else node.targets,
            node.value.elts if isinstance(node.value, ast.Tuple) else [node.value],
            strict=True,
        )
        if isinstance(value, ast.Constant)
    }
    (body,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "upgrade"]
    calls = [node for node in ast.walk(body) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]

    def argument(call: ast.Call, number: int) -> str:
        text = ast.unparse(call.args[number])
        return constants.get(text, text.strip("'"))

    made = {argument(call, 0) for call in calls if call.func.attr == "create_table"}
    built = [call for call in calls if call.func.attr == "create_index"]
    return [argument(call, 0) for call in built if argument(call, 1) not in made]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_no_index_is_built_while_a_table_is_locked(script: Path):
    assert locking(script.read_text()) == []


def test_an_index_that_is_built_while_a_table_is_locked_is_found():
    lines = ("op.create_table(T)", "op.create_index('a', T)", "op.create_index('b', 'jobs')")
    assert locking("T = 'new'\ndef upgrade():\n" + "".join(f"    {line}\n" for line in lines)) == ["b"]


def test_the_role_that_the_image_creates_can_migrate_and_no_more(postgresql_server: PostgresServer, tmp_path: Path):
    """The script of the image, on a real server on which role and database have other names."""
    script = (Path(__file__).parents[3] / "deploy" / "docker" / "postgres.sql").read_text()
    (tmp_path / "postgres.sql").write_text(re.sub(r"\bchoreo\b", "app_role", script))
    (tmp_path / "password").write_text("a 'secret'")
    server = make_url(postgresql_server.url("postgres")).set(drivername="postgresql")
    argv = [path_of("psql"), server.render_as_string(), "--set=ON_ERROR_STOP=1", f"--file={tmp_path}/postgres.sql"]
    environment = {"PATH": "/usr/bin:/bin", "DATABASE_PASSWORD_FILE": str(tmp_path / "password")}
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    engine = make_engine(make_url(postgresql_server.url("app_role")).set(username="app_role").render_as_string())
    try:
        upgrade(engine)
        with engine.connect() as connection:
            rights = "rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
            [found] = connection.execute(text(f"SELECT {rights} FROM pg_roles WHERE rolname = current_user"))
            assert not any(found)
            with pytest.raises(ProgrammingError, match="must be superuser"):
                connection.execute(text("COPY (SELECT 1) TO PROGRAM 'true'"))
    finally:
        engine.dispose()
        postgresql_server.drop("app_role")
