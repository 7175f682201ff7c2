"""A store and its key stay together: no new key beside old data, whatever became of the file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlmodel import Session

from vocbot.store.crypt import Crypt, KeyProblem, load_key
from vocbot.store.db import Store
from vocbot.store.key import open_crypt
from vocbot.store.tables import Inbound, Person, VaultEntry

NOW = datetime(2026, 11, 3, tzinfo=UTC)


def put_inbound(store: Store, body: bytes) -> None:
    with Session(store.inbox) as session, session.begin():
        session.add(Inbound(source="s", event_id="e", kind="poll", received_at=NOW, body=body))


def put_vault(store: Store, value: bytes) -> None:
    with store.write() as session:
        session.add(Person(id=1, pseudonym="P-1", created_at=NOW))
        session.flush()
        session.add(VaultEntry(person_id=1, kind="email", value_hash="h", value=value))


@pytest.mark.parametrize("put", [put_inbound, put_vault])
def test_another_key_is_refused_once_something_was_written(each_store: Store, put, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    reference = f"file:{tmp_path}/vocbot.key"
    crypt = open_crypt(each_store, reference)  # a new store gets a new key
    open_crypt(each_store, reference)
    put(each_store, crypt.seal(b"something"))
    assert open_crypt(each_store, reference).blind("x") == crypt.blind("x")
    (tmp_path / "vocbot.key").write_bytes(Fernet.generate_key())
    with pytest.raises(KeyProblem, match=r"is store\.key the one it was written with"):
        open_crypt(each_store, reference)


def test_no_key_is_made_for_a_store_that_has_one_somewhere(store: Store, crypt: Crypt, tmp_path: Path) -> None:
    put_inbound(store, crypt.seal(b"something"))
    with pytest.raises(KeyProblem, match="No such file"):
        open_crypt(store, f"file:{tmp_path}/mistyped.key")
    assert not (tmp_path / "mistyped.key").exists()


def test_the_key_may_come_from_the_environment(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = load_key(f"file:{tmp_path}/k")
    put_inbound(store, Crypt(key).seal(b"x"))
    monkeypatch.setenv("VOCBOT_TEST_KEY", key)
    assert open_crypt(store, "env:VOCBOT_TEST_KEY").blind("x") == Crypt(key).blind("x")
