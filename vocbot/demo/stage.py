"""The stage: stand-ins on loopback, a configuration that points at them, and vocbot itself in a process of its own.

The worker process may be killed at any moment; it is started again and must end up with the same result.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import yaml
from pydantic import SecretStr

from vocbot.demo.colleague import Colleague
from vocbot.demo.world import World
from vocbot.registry import Registry
from vocbot.sdk.clock import FastClock
from vocbot.sdk.errors import VocbotError
from vocbot.sdk.manifest import resolve
from vocbot.sdk.testing.standin import Standin
from vocbot.store import users
from vocbot.store.db import open_store

DAYS_A_SECOND = 25.0  # while nothing happens; what happens takes the time that it takes
DAY = 86_400.0
CREEP = 3_600.0  # while something is tried again: an hour a second
MARKER = ".vocbot-demo"
CHANNELS = {"approvals": "C0APPROVE", "zh": "C0VOICEZH", "en": "C0VOICEEN", "reports": "C0REPORTS"}


class Stage:
    """Stand-ins and the worker. Use as a context manager: leaving it ends what was started here."""

    def __init__(
        self,
        folder: Path,
        world: World,
        registry: Registry,
        rules: tuple[str, ...],
        start: datetime,
        fields: Sequence[str],
        store: str = "",
        speed: float = DAYS_A_SECOND,
    ) -> None:
        self.folder, self._lock = _fresh(folder)
        self._speed = speed * DAY  # virtual seconds per physical one
        self.config = self.folder / "vocbot.yaml"
        self.clock = FastClock.wind(self.folder / "clock.json", start, CREEP, ceiling=start)
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.password = users.new_password()  # of everybody on the console of this demo
        self.restarts = 0
        self._world = world
        self._registry = registry
        self._rules = rules
        self._fields = fields
        self._store = store
        self._worker: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()
        self._asker = httpx.Client(timeout=5)
        self.colleague = Colleague(self.config, self._environment())
        self.standins: dict[str, Standin] = {}

    def __enter__(self) -> Stage:
        (self.folder / "logs").mkdir()
        for name in ("zendesk", "jira", "slack", "email"):
            self.standins[name] = self._standin(name)
        self._write_config()
        self._add_colleagues()
        self._start_worker()
        threading.Thread(target=self._watch, daemon=True).start()
        self._wait_until_up()
        for name, standin in self.standins.items():
            standin.hook = f"{self.url}/hooks/{name}"
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        if self._worker is not None and self._worker.poll() is None:
            self._worker.send_signal(signal.SIGTERM)
            try:
                self._worker.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self._worker.kill()
        self.colleague.close()
        for standin in self.standins.values():
            standin.stop()
        self.close()

    def close(self) -> None:
        """Give the folder free."""
        self._asker.close()
        os.close(self._lock)

    @property
    def pid(self) -> int | None:
        """The worker's process id."""
        return self._worker.pid if self._worker else None

    def log_path(self, name: str) -> Path:
        """Where a stand-in writes what it received."""
        return self.folder / "logs" / f"{name}.jsonl"

    def settle(self, patience: float = 60.0) -> bool:
        """Wait until nothing waits to be read, nothing that is due is left undone and nothing is to be tried again.

        What is to be tried again falls due a physical second or so later: for that, time creeps.
        """
        deadline = time.monotonic() + patience
        calm = 0
        while time.monotonic() < deadline and calm < 2:
            state = self.health()
            busy = state is None or state["inbox"] or state["deliveries"] or state["timers"]
            if state is not None and not busy and state["retrying"]:
                self.clock.advance(self.clock.now() + timedelta(hours=1), CREEP)
                busy = True
            calm = 0 if busy else calm + 1
            time.sleep(0.015)
        self.clock.advance(self.clock.now(), CREEP)
        return calm >= 2

    def health(self) -> dict[str, Any] | None:
        """What the worker says of itself; None while it is down."""
        try:
            answer = self._asker.get(f"{self.url}/health")
        except httpx.TransportError:
            return None
        return answer.json() if answer.status_code in (200, 503) else None

    def until(self, when: datetime) -> None:
        """Let time run on to `when` and stand there. While it stands, signatures keep their age."""
        self.clock.advance(when, self._speed)
        while self.clock.now() < when:
            time.sleep(0.01)
        self.clock.advance(when, CREEP)

    def _standin(self, name: str) -> Standin:
        manifest = self._registry.manifests.get(name)
        if manifest is None:
            broken = next((b.error for b in self._registry.broken if b.id == name), "it is not installed")
            raise VocbotError(f"the demo needs the connector {name}: {broken}")
        kind = resolve(manifest.standin)
        options: dict[str, dict[str, Any]] = {
            "slack": {"channels": tuple(CHANNELS.values())},
            "zendesk": {"fields": {field: 360001 + n for n, field in enumerate(self._fields)}},
        }
        standin: Standin = kind(self.log_path(name), self.clock, **options.get(name, {}))
        standin.start()
        return standin

    def _write_config(self) -> None:
        connectors = {
            name: {"type": name, "search_lag": 0.1, "per_second": 200.0, **self._settings(name)}
            for name in self.standins
        }
        people = {
            c.id: {"name": c.name["en"], "name_zh": c.name["zh"], "role": c.right} for c in self._world.colleagues
        }
        connectors["slack"]["people"] = people
        data = self.folder / "data"
        config = {
            "company": self._world.company["zh"] + " / " + self._world.company["en"],
            "language": "en",
            "timezone": self._world.zone,
            "rules": list(self._rules),
            "store": {
                "url": self._store or f"sqlite:///{data.resolve()}/vocbot.db",
                "key": f"file:{data.resolve()}/vocbot.key",
            },
            "web": {"host": "127.0.0.1", "port": self.port, "public_url": self.url},
            "clock": {"fast": str((self.folder / "clock.json").resolve())},
            "request_timeout": 1.0,
            "modes": {"ticket": "auto", "digest": "auto", "report": "auto", "faq": "approve", "notice": "approve"},
            "tickets": {"connector": "jira"},
            "digests": [
                {
                    "name": f"customer-language-{language}",
                    "connector": "slack",
                    "target": CHANNELS[language],
                    "language": language,
                }
                for language in ("zh", "en")
            ],
            "approvals": {"connector": "slack", "target": CHANNELS["approvals"], "language": "en"},
            "faq": {"connector": "zendesk"},
            "notices": {"via": ["email"]},
            "reports": {"connector": "slack", "target": CHANNELS["reports"], "languages": ["zh", "en"]},
            "calendar": {
                "campaigns": [{"name": c.name, "first": c.first, "last": c.last} for c in self._world.campaigns]
            },
            "connectors": connectors,
        }
        self.config.write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), encoding="utf-8")

    def _add_colleagues(self) -> None:
        """An account on the console for each colleague, and one for whoever looks after vocbot, with one password."""
        store = open_store(self._store or f"sqlite:///{(self.folder / 'data').resolve()}/vocbot.db")
        try:
            with store.write() as session:
                password = users.hashed(self.password)
                for name, role in (*((c.name["en"], c.right) for c in self._world.colleagues), ("admin", "admin")):
                    known = users.find_user(session, name)
                    if known is None:
                        users.add_user(session, name, role, password, "vocbot demo", self.clock.now())
                    else:  # a database that had a demo before
                        users.set_password(session, known, password, "vocbot demo", self.clock.now())
        finally:
            store.close()

    def _settings(self, name: str) -> dict[str, Any]:
        """A stand-in's settings; secrets go to files of their own, as they would in earnest."""
        model = resolve(self._registry.manifests[name].settings)
        settings = json.loads(json.dumps(self.standins[name].settings(), default=str))
        folder = self.folder / "secrets"
        folder.mkdir(mode=0o700, exist_ok=True)

        def keep(value: Any) -> Any:
            if isinstance(value, list):
                return [keep(v) for v in value]
            path = folder / f"{name}-{secrets.token_hex(4)}"
            path.touch(mode=0o600)
            path.write_text(str(value), encoding="utf-8")
            return f"file:{path.resolve()}"

        for field, info in model.model_fields.items():
            if SecretStr.__name__ in str(info.annotation) and settings.get(field):
                settings[field] = keep(settings[field])
        return dict(settings)

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONUNBUFFERED": "1", "NO_PROXY": "127.0.0.1,localhost"}

    def _start_worker(self) -> None:
        with (self.folder / "worker.log").open("ab") as output:
            self._worker = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "vocbot", "serve", "--config", str(self.config)],
                stdout=output,
                stderr=output,
                env=self._environment(),
            )
        (self.folder / "worker.pid").write_text(f"{self._worker.pid}\n", encoding="ascii")

    def _watch(self) -> None:
        while not self._ending.wait(0.2):
            if self._worker is not None and self._worker.poll() is not None and not self._ending.is_set():
                self.restarts += 1
                self._start_worker()

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.health() is not None:
                return
            if self.restarts > 3:
                break
            time.sleep(0.05)
        tail = (self.folder / "worker.log").read_text(encoding="utf-8", errors="replace")[-1500:]
        raise VocbotError(f"vocbot did not start; the end of {self.folder / 'worker.log'}:\n{tail}")


def _fresh(folder: Path) -> tuple[Path, int]:
    """An empty folder of ours and the lock on it; somebody else's files are never touched."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise VocbotError(f"{folder} is not empty and not an older demo; choose another with --folder")
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / MARKER, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise VocbotError(f"a demo is running in {folder}; end it, or choose another with --folder") from None
    for left in folder.iterdir():
        if left.name != MARKER:
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    return folder, lock


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
