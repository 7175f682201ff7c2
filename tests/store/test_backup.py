"""A backup holds everything but the key, and is restored whole into an empty store, with the key it was made with."""

from __future__ import annotations

import io
import json
import random
import shutil
import stat
import tarfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from tests.conftest import KEY
from tests.store.test_copy import content, fill
from vocbot.sdk.errors import VocbotError
from vocbot.store import backup as module
from vocbot.store.audit import verify
from vocbot.store.backup import ABOUT, back_up, restore
from vocbot.store.copy import is_empty
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store, open_store
from vocbot.store.tables import AuditEntry, Cursor, Delivery, Inbound
from vocbot.store.upsert import table

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.fixture
def key_file(tmp_path: Path) -> str:
    path = tmp_path / "the.key"
    path.write_text(KEY)
    path.chmod(0o600)
    return f"file:{path}"


@pytest.fixture
def empty(tmp_path: Path, sqlite_template: Path) -> Store:
    folder = tmp_path / "empty"
    shutil.copytree(sqlite_template, folder)
    return open_store(f"sqlite:///{folder}/vocbot.db")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_is_backed_up_comes_back(
    kind: str, request: pytest.FixtureRequest, crypt: Crypt, empty: Store, key_file: str, tmp_path: Path
) -> None:
    live: Store = request.getfixturevalue("store" if kind == "sqlite" else "pg_store")
    fill(live, random.Random(7))
    with live.main.begin() as connection:  # random facts are no chain
        connection.execute(table(AuditEntry).delete())
    before = content(live)
    file = tmp_path / "of today.tar.gz"
    told = back_up(live, crypt, file, NOW)
    assert content(live) == before
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [p for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    data = b"".join(member for member in unpacked(file).values())
    assert KEY.encode() not in data and len(data) > 10_000

    about, copied = restore(file, empty, key_file, NOW)
    assert about.made_at == NOW
    assert {c.table: c.found.rows for c in copied.tables} == {c.table: c.found.rows for c in told.tables}
    after = content(empty)
    for name in before.keys() - {"inbound", "cursor", "delivery", "audit_entry"}:
        assert after[name] == before[name], name
    bodies = [{row["event_id"]: row["body"] for row in there["inbound"]} for there in (before, after)]
    assert bodies[0] == bodies[1]
    with empty.read() as session:
        assert verify(session) == (1, None)  # the restore itself


def test_what_was_planned_is_looked_up_after_a_restore(
    store: Store, crypt: Crypt, empty: Store, key_file: str, tmp_path: Path
) -> None:
    with store.write() as session:
        for state in ("planned", "sent", "awaiting"):
            session.add(Delivery(key=state, act="x", connector="c", state=state, due_at=NOW, planned_at=NOW))
    back_up(store, crypt, tmp_path / "b", NOW)
    restore(tmp_path / "b", empty, key_file, NOW)
    with empty.read() as session:
        assert {d.key: d.doubt for d in session.exec(select(Delivery))} == {
            "planned": True,
            "sent": False,
            "awaiting": False,
        }


def test_records_may_come_in_meanwhile(store: Store, crypt: Crypt, empty: Store, key_file: str, tmp_path: Path) -> None:
    stop = threading.Event()

    def take() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with Session(store.inbox) as inbox:
                inbox.add(Inbound(source="s", event_id=str(number), kind="x", received_at=NOW, body=b"b"))
                inbox.commit()
            with store.write() as session:  # read at once: the cursor is close behind
                session.merge(Cursor(name="inbox", value=str(number), moved_at=NOW))

    thread = threading.Thread(target=take)
    thread.start()
    try:
        for number in range(3):
            back_up(store, crypt, tmp_path / str(number), NOW)
    finally:
        stop.set()
        thread.join()
    restore(tmp_path / "2", empty, key_file, NOW)
    with empty.read() as session, Session(empty.inbox) as inbox:
        ids = inbox.exec(select(Inbound.id).order_by(Inbound.id)).all()  # type: ignore[arg-type]
        assert ids == [*range(1, len(ids) + 1)]
        assert int(session.get_one(Cursor, "inbox").value) <= len(ids)


def unpacked(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as archive:
        return {m.name: archive.extractfile(m).read() for m in archive.getmembers()}  # type: ignore[union-attr]


def packed(file: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(file, "w:gz") as archive:
        for name, data in members.items():
            head = tarfile.TarInfo(name)
            head.size = len(data)
            archive.addfile(head, io.BytesIO(data))


def about(**changes: Any) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        members = unpacked(file)
        members[ABOUT] = json.dumps({**json.loads(members[ABOUT]), **changes}).encode()
        packed(file, members)

    return change


def without(name: str) -> Callable[[Path], None]:
    return lambda file: packed(file, {k: v for k, v in unpacked(file).items() if k != name})


def cut(share: float) -> Callable[[Path], None]:
    return lambda file: file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)]) and None


def flipped(file: Path) -> None:
    members = unpacked(file)
    data = bytearray(members["inbox.db"])
    data[-1] ^= 1
    packed(file, {**members, "inbox.db": bytes(data)})


def of_tomorrow(file: Path) -> None:
    """Tables at a version that nobody knows yet."""
    import hashlib
    import sqlite3

    folder = file.with_suffix(".parts")
    folder.mkdir()
    members = unpacked(file)
    (folder / "vocbot.db").write_bytes(members["vocbot.db"])
    with sqlite3.connect(folder / "vocbot.db") as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("UPDATE vocbot_version_main SET version_num = '9999'")
    connection.close()
    members["vocbot.db"] = (folder / "vocbot.db").read_bytes()
    told = json.loads(members[ABOUT])
    told["files"]["vocbot.db"] = hashlib.sha256(members["vocbot.db"]).hexdigest()
    members[ABOUT] = json.dumps(told).encode()
    packed(file, members)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut(0.9), "is cut off or damaged|no backup of vocbot, or damaged"),
        (cut(0.001), "is cut off or damaged|no backup of vocbot, or damaged"),
        (lambda file: file.write_bytes(b""), "no backup of vocbot"),
        (lambda file: file.write_text("hello"), "no backup of vocbot"),
        (lambda file: packed(file, {"readme": b"x"}), "no backup of vocbot"),
        (lambda file: packed(file, {ABOUT: b"[]"}), "no backup of vocbot"),
        (without("inbox.db"), "no backup of vocbot"),
        (about(format=2, made_by="vocbot 9.0"), r"written by a newer vocbot \(vocbot 9.0\); install that one"),
        (of_tomorrow, r"written by a newer vocbot \(vocbot 0"),
        (flipped, "is damaged: inbox.db is not what was written"),
        (lambda file: file.unlink(), "cannot be read: No such file"),
    ],
)
def test_a_file_that_cannot_be_restored(
    damage: Callable[[Path], None], said: str, store: Store, crypt: Crypt, empty: Store, key_file: str, tmp_path: Path
) -> None:
    file = tmp_path / "b"
    with Session(store.inbox) as inbox:
        inbox.add(Inbound(source="s", event_id="1", kind="x", received_at=NOW, body=crypt.seal(b"x" * 9000)))
        inbox.commit()
    back_up(store, crypt, file, NOW)
    damage(file)
    with pytest.raises(VocbotError, match=said) as caught:
        restore(file, empty, key_file, NOW)
    assert str(file) in str(caught.value)
    assert is_empty(empty)


def test_another_key_is_refused_and_none_is_made(
    store: Store, crypt: Crypt, empty: Store, key_file: str, tmp_path: Path
) -> None:
    file, other = tmp_path / "b", tmp_path / "other.key"
    back_up(store, crypt, file, NOW)
    with pytest.raises(VocbotError, match="only with the key it was made with"):
        restore(file, empty, f"file:{other}", NOW)
    assert not other.exists()
    other.write_text("A" * 43 + "=")
    other.chmod(0o600)
    with pytest.raises(VocbotError, match=r"made with another key than store\.key"):
        restore(file, empty, f"file:{other}", NOW)
    assert is_empty(empty)
    restore(file, empty, key_file, NOW)
    with pytest.raises(VocbotError, match="target is not empty"):
        restore(file, empty, key_file, NOW)


def test_nothing_is_overwritten_and_nothing_half_stays(store: Store, crypt: Crypt, tmp_path: Path) -> None:
    file = tmp_path / "b"
    file.write_text("mine")
    with pytest.raises(VocbotError, match="is there already"):
        back_up(store, crypt, file, NOW)
    assert file.read_text() == "mine"
    with pytest.raises(VocbotError, match="cannot be written"):
        back_up(store, crypt, tmp_path / "no" / "b", NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_sha256", lambda path: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            back_up(store, crypt, tmp_path / "new", NOW)
    assert sorted(p.name for p in tmp_path.iterdir() if "vocbot.db" not in p.name and "inbox.db" not in p.name) == ["b"]
