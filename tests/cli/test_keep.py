"""Verbs about what is stored, as a person types them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from sqlmodel import Session

from tests.test_cli import Run, installation
from tests.world import World
from vocbot.deliveries.worker_lock import WorkerLock
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.crypt import Crypt
from vocbot.store.db import open_store
from vocbot.store.tables import INBOX_CURSOR, Cursor, Inbound


def moved(config: Path, url: str) -> Path:
    """The same configuration with its store at another place."""
    settings = yaml.safe_load(config.read_text(encoding="utf-8"))
    settings["store"]["url"] = url
    other = config.with_name("moved.yaml")
    other.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return other


def test_a_moved_installation_goes_on(run: Run, tmp_path: Path, pg_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW_STORE", pg_url)
    with installation(tmp_path) as (config, store, world):
        world.burst()
        here = f"sqlite:///{store.folder}/vocbot.db"
        with WorkerLock(store):
            busy = run("store", "copy", "--from", here, "--to", "env:NEW_STORE")
        assert (busy.code, "1 at work there" in busy.err) == (2, True)
        done = run("store", "copy", "--from", here, "--to", "env:NEW_STORE")
        assert (done.code, "store.key must be the same" in done.out) == (0, True), done.err
        before = run("issues", "-c", str(config), "--json").json
    with monkeypatch.context() as patch:
        patch.setenv("MOVED", pg_url)
        other = moved(config, "env:MOVED")
        assert run("issues", "-c", str(other), "--json").json == before
        assert run("audit", "verify", "-c", str(other)).code == 0
        assert "ticket:VOC-1:1" in run("approvals", "-c", str(other)).out
        assert run("decide", "ticket:VOC-1:1", "--by", "Li Na", "-c", str(other)).code == 0

        there = open_store(pg_url)
        later = World(there, world.crypt, world.clock, world.options)
        later.ids = world.ids
        assert [act.state for act in later.deliveries("ticket")] == ["planned"]
        later.ticket()
        later.complain(3)
        there.close()
        again = run("issues", "-c", str(other), "--json").json
        assert again[0]["mentions"] == before[0]["mentions"] + 3 and again[0]["ticket"]

        back = tmp_path / "back" / "vocbot.db"
        told = run("store", "copy", "--from", "env:MOVED", "--to", f"sqlite:///{back}", "--json").json
        assert all(one["sent"] == one["found"] for one in told["tables"])
        assert {one["table"]: one["rows"] for one in told["tables"]}["mention"] == again[0]["mentions"]
        assert run("issues", "-c", str(moved(config, f"sqlite:///{back}")), "--json").json == again


def test_a_copy_that_cannot_be(run: Run, tmp_path: Path) -> None:
    with installation(tmp_path) as (_, store, world):
        here = f"sqlite:///{store.folder}/vocbot.db"
        new = f"sqlite:///{tmp_path}/new/vocbot.db"
        assert "--from: nothing is stored there" in run("store", "copy", "--from", here, "--to", new).err
        world.complain(1)
        assert run("store", "copy", "--from", here, "--to", here).err.startswith("the target is not empty")
    for options, said in (
        (("--from", f"sqlite:///{tmp_path}/typo.db", "--to", new), f"--from: {tmp_path}/typo.db is not there\n"),
        (("--from", here, "--to", "mysql://x/y"), "--to: mysql is not supported; use sqlite or postgresql\n"),
        (
            ("--from", "env:NO_SUCH", "--to", new),
            "--from: environment variable NO_SUCH is not set; export NO_SUCH=...\n",
        ),
    ):
        done = run("store", "copy", *options)
        assert (done.code, done.err) == (2, said)
    assert not (tmp_path / "typo.db").exists()


def test_who_is_connected_is_seen(run: Run, tmp_path: Path, pg_url: str, crypt: Crypt, clock: HandClock) -> None:
    there = open_store(pg_url)
    World(there, crypt, clock).complain(1)
    with there.main.connect():
        words = ("store", "copy", "--from", pg_url, "--to", f"sqlite:///{tmp_path}/new/vocbot.db")
        busy = run(*words)
        assert (busy.code, "1 at work there" in busy.err) == (2, True), busy.err
        assert run(*words, "--in-use").code == 0
    there.close()


def test_a_backup_is_restored_elsewhere(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "today.tar.gz"
    with installation(tmp_path) as (config, store, world):
        world.burst()
        done = run("backup", str(file), "-c", str(config))
        key = f"file:{store.folder}/vocbot.key"
        assert (done.code, f"The key is NOT in it: keep a copy of {key}" in done.out) == (0, True), done.err
        before = run("issues", "-c", str(config), "--json").json
    again = run("backup", str(file), "-c", str(config))
    assert (again.code, again.err) == (2, f"{file} is there already: name a new file\n")
    other = moved(config, f"sqlite:///{tmp_path}/other/vocbot.db")
    done = run("restore", str(file), "-c", str(other))
    assert (done.code, "This is how it was at" in done.out) == (0, True), done.err
    assert run("issues", "-c", str(other), "--json").json == before
    assert "ticket:VOC-1:1" in run("approvals", "-c", str(other)).out
    assert run("restore", str(file), "-c", str(other)).err.startswith("the target is not empty")


def test_retention_is_shown_and_done(run: Run, tmp_path: Path) -> None:
    with installation(tmp_path, retention={"raw_days": 30, "unread_days": None}) as (config, store, _):
        at = datetime.now(UTC)
        with Session(store.inbox) as inbox:
            for number, days in enumerate((40, 31, 29, 0)):
                heard = at - timedelta(days=days)
                inbox.add(Inbound(source="s", event_id=str(number), kind="x", received_at=heard, body=b"b"))
            inbox.commit()
        with store.write() as session:
            session.add(Cursor(name=INBOX_CURSOR, value="4", moved_at=at))
        told = run("retention", "-c", str(config)).out
        assert [" ".join(line.split()) for line in told.splitlines()] == [
            "what kept due to go",
            "raw records that were read 30 days 2",
            "records that could not be read for ever 0",
            "the engine's rows of finished attempts 7 days 0",
        ]
        assert run("retention", "-c", str(config), "--now", "--json").json["gone"]["raw"] == 2
        assert run("retention", "-c", str(config), "--json").json["due"]["raw"] == 0
