"""Run vocbot until it is told to stop: the web server, the worker, or by default the one beside the other."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import uvicorn

from vocbot.collector import collect_seldom
from vocbot.config.load import Configuration
from vocbot.listen.intake import Intake
from vocbot.logs import secrets_in, set_up
from vocbot.opened import Opened, open_all
from vocbot.registry import Registry
from vocbot.web.beside import LINK, TELL_EVERY, Link, WorkerProcess

ROLES = ("all", "web", "worker")


def serve(configuration: Configuration, registry: Registry, config: Path, role: str) -> int:
    """Serve until SIGTERM or SIGINT; then take no more, finish what runs, and go. Returns the exit code."""
    set_up(configuration.settings.logs, secrets_in(configuration.connectors))
    if role == "worker":
        return _work(configuration, registry)
    for number in (signal.SIGTERM, signal.SIGINT):
        # the web server catches both, ends, and raises them again: by then stopping is under way
        signal.signal(number, lambda *_: None)
    # what the pages need is loaded while the worker begins
    threading.Thread(target=import_module, args=("vocbot.web.app",), daemon=True).start()
    stop = threading.Event()
    worker = WorkerProcess(config, stop.set) if role == "all" else None
    if worker is not None:
        worker.start()
    try:
        _answer(configuration, registry, worker, stop)
    finally:
        if worker is not None:
            worker.stop()
    return worker.code if worker is not None else 0


def _answer(
    configuration: Configuration, registry: Registry, worker: WorkerProcess | None, stop: threading.Event
) -> None:
    """Answer senders and people until a signal comes, or `stop`."""
    from vocbot.web.app import make_app

    opened = open_all(configuration, registry)
    _greet(opened)
    intake = Intake(opened.store, opened.crypt, worker.wake if worker is not None else _nobody)
    intake.start()
    web = configuration.settings.web
    app = make_app(opened, intake, worker.state if worker is not None else None)
    config = uvicorn.Config(
        app, host=web.host, port=web.port, log_level="warning", access_log=False, lifespan="off", proxy_headers=False
    )
    collect_seldom()
    server = uvicorn.Server(config)
    threading.Thread(target=_end, args=(server, stop), daemon=True).start()
    try:
        server.run()
    finally:
        intake.stop()
        opened.close()


def _greet(opened: Opened) -> None:
    """At the first start, make an administrator and say the password: it is kept nowhere in clear."""
    from vocbot.sdk.clock import RealClock
    from vocbot.store.users import first_administrator

    with opened.store.write() as session:
        made = first_administrator(session, RealClock().now())
    if made is not None:
        url = opened.configuration.settings.web.public_url
        print(f"The console is at {url}/ - name: {made[0]}, password: {made[1]} (shown this once)", flush=True)  # noqa: T201


def _end(server: uvicorn.Server, stop: threading.Event) -> None:
    stop.wait()
    server.should_exit = True


def _nobody() -> None:
    """Workers elsewhere look by themselves."""


def _work(configuration: Configuration, registry: Registry) -> int:
    """Work until told to stop."""
    from vocbot.runtime import build
    from vocbot.worker import Worker

    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    worker = Worker(build(configuration, registry))
    descriptor = os.environ.get(LINK)
    link = Link(int(descriptor)) if descriptor else None
    worker.start()
    if link is not None:
        link.listen(worker.wake)
    try:
        while not told.wait(TELL_EVERY):
            if link is not None:
                link.tell(_state(worker.healthy, worker.jobs.told()))
    finally:
        worker.stop()
    return 0


def _state(healthy: bool, jobs: Mapping[str, Any]) -> dict[str, Any]:
    return {"healthy": healthy, "jobs": dict(jobs)}
