"""The dead are told from the living, and a SQLite file has one worker."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from sqlalchemy import text

from vocbot.deliveries import rescue
from vocbot.deliveries.rescue import Rescuer
from vocbot.deliveries.worker_lock import SecondWorker, WorkerLock
from vocbot.store.db import Store

# -- who is dead


def test_a_living_worker_is_not_rescued_and_a_dead_one_is(pg_workers: Any) -> None:
    workers, peer = pg_workers, pg_workers.peer
    workers.timeout = 3.0
    for _ in range(2):
        workers.start()
    workers.wait_for(lambda: len(workers.ready()) == 2)
    peer.go_on.clear()
    (key,) = workers.plan(1)
    workers.wait_for(lambda: peer.times[key])
    with workers.store.read() as session:
        (executor,) = session.connection().execute(text("SELECT executor_id FROM dbos.workflow_status")).scalars()
    busy, idle = sorted(workers.running, key=lambda worker: worker.said("ready") != [executor])
    time.sleep(0.8)  # four looks of the idle one
    row = workers.row()
    assert (row.state, row.attempt, row.doubt, idle.said("rescued")) == ("performing", 1, False, [])
    workers.kill(busy)
    peer.go_on.set()
    workers.wait_for(lambda: workers.row().state == "sent")
    assert idle.said("rescued") == [executor]
    row = workers.row()
    assert (row.attempt, row.receipt["status"], peer.times[key]) == (2, "already", 1)


def test_on_sqlite_too(sqlite_workers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    taken_over: list[list[str]] = []
    monkeypatch.setattr(rescue.DBOS, "_recover_pending_workflows", taken_over.append)
    rescuer = Rescuer(sqlite_workers.store, "somebody else")
    sqlite_workers.peer.go_on.clear()
    (key,) = sqlite_workers.plan(1)
    worker = sqlite_workers.start()
    sqlite_workers.wait_for(lambda: sqlite_workers.peer.times[key])
    assert (rescuer(), taken_over) == ([], [])
    sqlite_workers.kill(worker)
    executor = worker.said("ready")
    assert (rescuer(), taken_over) == (executor, [executor])


def test_files_of_the_dead_are_cleared_away_and_no_others(store: Store) -> None:
    assert store.folder is not None
    alive, me = Rescuer(store, "alive"), Rescuer(store, "me")
    (store.folder / "dead.alive").touch()
    alive.hold()
    me.hold()
    assert sorted(path.name for path in store.folder.glob("*.alive")) == ["alive.alive", "me.alive"]
    me.release()
    alive.release()
    assert list(store.folder.glob("*.alive")) == []
    assert me.alive()  # there is no connection that could be lost


def advisory_locks(store: Store) -> list[int]:
    """The backends that hold an advisory lock."""
    with store.main.connect() as connection:
        return list(connection.execute(text("SELECT pid FROM pg_locks WHERE locktype = 'advisory'")).scalars())


def test_a_released_lock_is_free_although_the_process_lives(pg_store: Store) -> None:
    rescuer = Rescuer(pg_store, "me")
    rescuer.hold()
    assert (len(advisory_locks(pg_store)), rescuer.alive()) == (1, True)
    rescuer.release()
    assert advisory_locks(pg_store) == []


def test_a_lost_lock_is_noticed(pg_store: Store) -> None:
    rescuer = Rescuer(pg_store, "me")
    rescuer.hold()
    (pid,) = advisory_locks(pg_store)
    with pg_store.main.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    assert not rescuer.alive()
    assert not rescuer.alive()
    rescuer.release()


# -- one worker per SQLite file


def test_a_second_worker_is_told_who_is_at_work(store: Store, sqlite_workers: Any) -> None:
    first = sqlite_workers.start()
    sqlite_workers.wait_for(sqlite_workers.ready)
    lock = WorkerLock(store)
    for _ in range(2):
        with pytest.raises(SecondWorker, match=f"process {first.pid} is already the worker of "):
            lock.__enter__()
        lock.__exit__(None, None, None)
    second = sqlite_workers.start()
    sqlite_workers.running.remove(second)
    sqlite_workers.wait_for(lambda: not second.alive)
    assert f"SecondWorker: process {first.pid} is already the worker" in second.log.read_text()
    sqlite_workers.stop()
    with lock, pytest.raises(SecondWorker, match=f"process {os.getpid()} "), WorkerLock(store):
        pass


def test_a_killed_worker_makes_room(store: Store, sqlite_workers: Any) -> None:
    first = sqlite_workers.start()
    sqlite_workers.wait_for(sqlite_workers.ready)
    sqlite_workers.kill(first)
    for _ in range(2):  # and so does one that ends
        with WorkerLock(store):
            pass


def test_postgresql_takes_any_number(pg_store: Store) -> None:
    with WorkerLock(pg_store), WorkerLock(pg_store):
        pass
