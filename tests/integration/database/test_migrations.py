"""Rolling releases: each migration is compatible with the code before it, and code waits for its own migration."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, BigInteger, Column, DateTime, Engine, Float, Integer, MetaData, Table, select

from services.db import migrations
from services.db.engine import make_engine
from services.db.migrations import MigrationPending, check, schema, upgrade
from shared.program import TEMPORARY

FOLDER = Path(migrations.__file__).parent
SCRIPTS = sorted((FOLDER / "versions").glob("[0-9]*.py"))
REVISIONS = [one.revision for one in reversed(list(ScriptDirectory(str(FOLDER)).walk_revisions()))]
STEPS = list(pairwise(REVISIONS))
CONTRACTING = {"drop_table", "drop_column", "drop_constraint", "rename_table", "alter_column", "execute"}
"""What old code could stumble over; in a release of its own, such a migration says so: `contracts = "why it may"`."""
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
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


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
