"""The server and the worker beside it, as processes: what is taken is read, and neither outlives the other wrongly."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import yaml

from vocbot.sdk.clock import RealClock
from vocbot.sdk.signing import sign
from vocbot.store.db import open_store
from vocbot.store.tables import Feedback

SECRET = "whsec_" + "QUJD" * 8


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text(SECRET)
    config = {
        "web": {"port": free_port()},
        "connectors": {"shop": {"type": "webhook", "secrets": [f"file:{tmp_path}/secret"]}},
    }
    (tmp_path / "vocbot.yaml").write_text(yaml.safe_dump(config))
    return tmp_path


@pytest.fixture
def serve(folder: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> subprocess.Popen[bytes]:
        log = (folder / "log").open("ab")
        command = [sys.executable, "-m", "vocbot", "serve", *words]
        started.append(subprocess.Popen(command, cwd=folder, stderr=log, stdout=log))
        log.close()
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def port(folder: Path) -> int:
    found: int = yaml.safe_load((folder / "vocbot.yaml").read_text())["web"]["port"]
    return found


def health(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = httpx.get(f"http://127.0.0.1:{port(folder)}/health", timeout=5).json()
    except httpx.TransportError:
        return {}
    return found


def until(what: Callable[[], object], folder: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, (folder / "log").read_text()
        time.sleep(0.05)


def post(folder: Path, ident: str) -> int:
    body = json.dumps({"id": ident, "text": "The app crashes", "time": "2026-11-03T09:07:00Z"}).encode()
    url = f"http://127.0.0.1:{port(folder)}/hooks/shop"
    headers = sign("standard_webhooks", SECRET, body, RealClock().now(), url=url)
    return httpx.post(url, content=body, headers={"content-type": "application/json", **headers}).status_code


def said(folder: Path) -> set[str]:
    from sqlmodel import select

    store = open_store(f"sqlite:///{folder}/vocbot-data/vocbot.db")
    with store.read() as session:
        found = set(session.exec(select(Feedback.external_id)))
    store.close()
    return found


def worker_of(process: subprocess.Popen[bytes]) -> psutil.Process:
    (worker,) = [c for c in psutil.Process(process.pid).children() if "worker" in c.cmdline()]
    return worker


def test_what_the_server_takes_the_worker_reads(folder: Path, serve: Callable[..., subprocess.Popen[bytes]]) -> None:
    process = serve()
    until(lambda: health(folder).get("status") == "ok", folder)
    assert post(folder, "t1") == 200
    until(lambda: said(folder) == {"t1"}, folder)
    assert "drain" in health(folder)["jobs"]
    worker = worker_of(process)
    worker.kill()  # it is started again, and what came meanwhile is read
    assert post(folder, "t2") == 200
    until(lambda: said(folder) == {"t1", "t2"}, folder)
    until(lambda: health(folder).get("status") == "ok", folder)
    again = worker_of(process)
    process.terminate()
    assert process.wait(40) in (0, -signal.SIGTERM)
    assert not again.is_running()


def test_a_killed_server_takes_its_worker_with_it(folder: Path, serve: Callable[..., subprocess.Popen[bytes]]) -> None:
    process = serve()
    until(lambda: health(folder).get("status") == "ok", folder)
    worker = worker_of(process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    psutil.wait_procs([worker], timeout=10)
    assert not worker.is_running()
    serve()
    until(lambda: health(folder).get("status") == "ok", folder)
    assert post(folder, "t3") == 200


def test_a_second_worker_on_the_same_files_is_refused(
    folder: Path, serve: Callable[..., subprocess.Popen[bytes]]
) -> None:
    serve("--role", "worker")
    until((folder / "vocbot-data" / "worker.lock").exists, folder)
    time.sleep(1)
    second = serve("--role", "worker")
    assert second.wait(60) == 2
    assert "is already the worker" in (folder / "log").read_text()


def test_a_server_whose_worker_cannot_begin_ends_with_its_code(
    folder: Path, serve: Callable[..., subprocess.Popen[bytes]]
) -> None:
    serve("--role", "worker")
    until((folder / "vocbot-data" / "worker.lock").exists, folder)
    time.sleep(1)
    second = serve()
    assert second.wait(60) == 2
    assert (folder / "log").read_text().count("is already the worker") == 1


def test_senders_are_answered_while_the_worker_begins(
    folder: Path, serve: Callable[..., subprocess.Popen[bytes]]
) -> None:
    process = serve()
    until(lambda: health(folder), folder)
    worker = worker_of(process)
    worker.suspend()  # as slow as can be
    assert post(folder, "t5") == 200
    assert httpx.get(f"http://127.0.0.1:{port(folder)}/ready").status_code == 200
    worker.resume()
    until(lambda: said(folder) == {"t5"}, folder)
    until(lambda: health(folder).get("status") == "ok", folder)


def test_the_server_alone_takes_and_leaves_reading_to_others(
    folder: Path, serve: Callable[..., subprocess.Popen[bytes]]
) -> None:
    serve("--role", "web")
    until(lambda: health(folder).get("status") == "ok", folder)
    assert post(folder, "t4") == 200
    assert health(folder)["inbox"] == 1
    assert (health(folder)["jobs"], said(folder)) == ({}, set())


def test_an_unknown_role(folder: Path) -> None:
    command = [sys.executable, "-m", "vocbot", "serve", "--role", "king"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "use all, web, worker" in done.stderr
