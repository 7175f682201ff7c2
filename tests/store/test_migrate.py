"""From nothing to the tables as they are declared, once, whoever starts first; and beside the engine's own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from dbos import DBOS
from sqlalchemy import Engine, MetaData, create_engine, inspect, text
from sqlmodel import SQLModel

from vocbot.store import migrate
from vocbot.store.db import Store, open_store
from vocbot.store.tables import InboxTable, Table

OPENER = """
import sys
from vocbot.store.db import open_store
print("ready", flush=True)
sys.stdin.readline()
open_store(sys.argv[1]).close()
"""
BROKEN = """
from alembic import op
import sqlalchemy as sa
revision = "9999"
down_revision = "LAST"
def upgrade():
    op.create_table("half_way", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("INSERT INTO nowhere VALUES (1)")
"""


def differences(engine: Engine, *declared: MetaData) -> list[Any]:
    """What autogenerate would change, so that the database becomes what is declared."""

    def ours(_thing: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
        return not (kind == "table" and str(name).startswith(("vocbot_version_", "feedback_search")))

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "include_object": ours}
        )
        return list(compare_metadata(context, list(declared) if len(declared) > 1 else declared[0]))  # type: ignore[arg-type]


def test_migrated_tables_are_the_declared_ones(each_store: Store) -> None:
    if each_store.sqlite:
        assert differences(each_store.main, Table.metadata) == []
        assert differences(each_store.inbox, InboxTable.metadata) == []
    else:
        assert differences(each_store.main, Table.metadata, InboxTable.metadata) == []


def test_what_comparing_does_not_see(each_store: Store, tmp_path: Path) -> None:
    """Names of keys and constraints, partial indexes and AUTOINCREMENT: as if created from the declarations."""
    fresh = create_engine(f"sqlite:///{tmp_path}/fresh.db") if each_store.sqlite else each_store.main
    if not each_store.sqlite:
        with each_store.main.connect() as connection:
            found = connection.exec_driver_sql("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_inbound_waiting'")
            assert "WHERE (NOT done)" in found.scalar_one()
        return
    Table.metadata.create_all(fresh)
    InboxTable.metadata.create_all(fresh)
    for engine in (each_store.main, each_store.inbox):
        made, declared = inspect(engine), inspect(fresh)
        for table in set(made.get_table_names()) - {"vocbot_version_main", "vocbot_version_inbox"}:
            if table.startswith("feedback_search"):  # an index of words, which is no table of ours
                continue
            assert made.get_pk_constraint(table) == declared.get_pk_constraint(table)
            for look in ("get_unique_constraints", "get_foreign_keys", "get_indexes"):
                assert sorted(map(str, getattr(made, look)(table))) == sorted(map(str, getattr(declared, look)(table)))
            with engine.connect() as one, fresh.connect() as other:
                query = f"SELECT sql LIKE '%AUTOINCREMENT%' FROM sqlite_master WHERE name = '{table}'"
                assert one.exec_driver_sql(query).scalar_one() == other.exec_driver_sql(query).scalar_one(), table
    fresh.dispose()


def test_every_table_is_in_one_of_the_two_sets() -> None:
    assert set(InboxTable.metadata.tables) == {"inbound", "poll"}
    assert not set(InboxTable.metadata.tables) & set(Table.metadata.tables)
    assert not SQLModel.metadata.tables, "a table without a base of ours would never be migrated"


def test_opening_again_changes_nothing(each_store: Store) -> None:
    def schema() -> list[Any]:
        look = inspect(each_store.main)
        return [(table, look.get_columns(table)) for table in sorted(look.get_table_names())]

    before = str(schema())
    migrate.upgrade(each_store.main, each_store.inbox)
    assert str(schema()) == before


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_two_processes_may_start_at_once(request: pytest.FixtureRequest, database: str) -> None:
    url: str = request.getfixturevalue("sqlite_url" if database == "sqlite" else "pg_empty_url")
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for opener in openers:
        assert opener.stdout is not None
        opener.stdout.readline()
    for opener in openers:
        assert opener.stdin is not None
        opener.stdin.write("go\n")
        opener.stdin.flush()
    said = [opener.communicate(timeout=30)[1] for opener in openers]
    assert [opener.returncode for opener in openers] == [0, 0], said
    opened = open_store(url)
    assert set(Table.metadata.tables) <= set(inspect(opened.main).get_table_names())
    opened.close()


def test_no_name_is_one_of_the_engines(store: Store) -> None:
    """On SQLite the engine's tables and indexes lie beside ours: its own migrations must go through, ours again."""
    before = names(store)
    DBOS.migrate(store.main.url.render_as_string(hide_password=False))
    theirs = names(store) - before
    assert {"workflow_status", "dbos_migrations"} <= theirs
    assert not theirs & (set(Table.metadata.tables) | set(InboxTable.metadata.tables))
    migrate.upgrade(store.main, store.inbox)


def names(store: Store) -> set[str]:
    with store.main.connect() as connection:
        return set(connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars())


def test_a_migration_that_fails_leaves_nothing(
    each_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = tmp_path / "100 % scripts"
    shutil.copytree(migrate.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    last = max(path.name[1:5] for path in (scripts / "main").glob("v*.py"))
    (scripts / "main" / "v9999_broken.py").write_text(BROKEN.replace("LAST", last))
    monkeypatch.setattr(migrate, "SCRIPTS", scripts)
    with pytest.raises(Exception, match="nowhere"):
        migrate.upgrade(each_store.main, each_store.inbox)
    assert "half_way" not in inspect(each_store.main).get_table_names()
    with each_store.main.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM vocbot_version_main").scalar_one() == last


def test_the_ids_of_the_inbox_never_come_again(store: Store) -> None:
    """The reader's cursor is past them: a record under an old id would never be read."""
    insert = "INSERT INTO inbound (source, event_id, kind, received_at, body, done) VALUES ('s','e','k','t',x'00',0)"
    with store.inbox.begin() as connection:
        connection.exec_driver_sql(insert)
        connection.exec_driver_sql("DELETE FROM inbound")
        connection.exec_driver_sql(insert)
        assert connection.exec_driver_sql("SELECT id FROM inbound").scalar_one() == 2


def test_foreign_keys_are_kept_on_sqlite(store: Store) -> None:
    with pytest.raises(Exception, match="FOREIGN KEY"), store.main.begin() as connection:
        connection.exec_driver_sql("INSERT INTO issue_day VALUES (42, '2026-11-03', 0, 0, 0)")


def test_totals_are_counted_for_what_was_heard_before_them(each_store: Store) -> None:
    """The migration that adds them counts as whoever writes Mentions does."""
    from vocbot.store.migrations.main.v0004_totals import TOTALS
    from vocbot.store.tables import Feedback, Issue, Mention, Person

    now = datetime(2026, 11, 3, 9, tzinfo=UTC)
    with each_store.write() as session:
        issue = Issue(number=1, title_zh="", title_en="", first_seen=now, last_seen=now)
        person = Person(pseudonym="P-1", created_at=now)
        session.add_all([issue, person])
        session.flush()
        for n, (who, bucket) in enumerate(
            [(person.id, "issue"), (person.id, "issue"), (None, "issue"), (None, "superseded")]
        ):
            common = {"time": now, "day": now.date(), "text": "x"}
            said = Feedback(
                source="s", external_id=str(n), channel="c", created_at=now, person_id=who, bucket=bucket, **common
            )
            session.add(said)
            session.flush()
            for start in (0, 5):
                session.add(
                    Mention(feedback_id=said.id, issue_id=issue.id, person_id=who, start=start, end=9, **common)
                )
        session.flush()
        session.connection().execute(text(TOTALS))
        session.refresh(issue)
        assert (issue.mentions, issue.people) == (3, 2)
