"""The web application: the hooks, whether we are well, and the console."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from sqlalchemy import func
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from vocbot.listen.intake import Intake
from vocbot.listen.parse import lag
from vocbot.opened import Opened
from vocbot.sdk.clock import RealClock
from vocbot.sdk.errors import trace
from vocbot.store.tables import Alarm, Delivery, Timer
from vocbot.store.users import anybody_in
from vocbot.web.console import add_console
from vocbot.web.hooks import Hooks, Receive, Scope, Send
from vocbot.web.shield import Shield
from vocbot.web.windows import Windows

log = logging.getLogger(__name__)

READY_AFTER = 2.0  # seconds: senders come first


class Front:
    """The hooks before everything else: nothing of a framework stands between a sender and the inbox."""

    def __init__(self, hooks: Hooks, pages: Shield) -> None:
        self._hooks = hooks
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/hooks/"):
            await self._hooks(scope, receive, send)
        else:
            await self._pages(scope, receive, send)


# What the worker beside the server last said of itself; empty where it says nothing any more.
WorkerState = Callable[[], Mapping[str, Any]]


def make_app(opened: Opened, intake: Intake, worker: WorkerState | None = None) -> Front:
    """The application of one web server; `worker` is None where workers run elsewhere."""
    web = opened.configuration.settings.web
    app = FastAPI(title="vocbot", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/health")
    def health() -> JSONResponse:
        """How vocbot is: its threads, what waits to be read, what is due to be done."""
        state: dict[str, Any]
        try:
            state = waiting(opened, intake) | _well(intake, worker)
        except SQLAlchemyError as error:
            log.error("health: %s", trace(error), extra={"action": "health.failed"})
            state = {"status": "failing", "error": "the database does not answer"}
        return JSONResponse(state, status_code=200 if state["status"] == "ok" else 503)

    @app.get("/ready")
    def ready() -> JSONResponse:
        """Whether senders may be sent here: what comes now can be made durable."""
        well = intake.healthy
        return JSONResponse({"status": "ok" if well else "failing"}, status_code=200 if well else 503)

    @app.get("/metrics")
    def metrics() -> Response:
        """Figures for Prometheus."""
        from vocbot.web.metrics import Figures, exposition

        return Response(exposition(Figures(opened, intake)), media_type="text/plain; version=0.0.4; charset=utf-8")

    console = add_console(app, opened)
    with opened.store.read() as session:
        if anybody_in(session, RealClock().now()):
            console.make_ready(READY_AFTER)
    windows = Windows(opened, console.loop)
    hooks = Hooks(opened.ports("webhook_source"), intake, opened.clock, web.public_url, web.max_body, windows)
    return Front(hooks, Shield(app, web.public_url.startswith("https://")))


def _well(intake: Intake, worker: WorkerState | None) -> dict[str, Any]:
    said = worker() if worker is not None else {"healthy": True, "jobs": {}}
    return {
        "status": "ok" if intake.healthy and said.get("healthy") else "failing",
        "jobs": said.get("jobs", {}),
    }


def waiting(opened: Opened, intake: Intake) -> dict[str, Any]:
    """Figures for /health; no personal data, no names."""
    now = opened.clock.now()
    with opened.store.read() as session:
        under_way = session.exec(
            select(func.count())
            .select_from(Delivery)
            .where(
                col(Delivery.state).in_(("queued", "performing"))
                | ((col(Delivery.state) == "planned") & (col(Delivery.due_at) <= now))
            )
        ).one()
        retrying = session.exec(
            select(func.count())
            .select_from(Delivery)
            .where(Delivery.state == "planned", Delivery.attempt > 0, col(Delivery.due_at) > now)
        ).one()
        timers = session.exec(select(func.count()).select_from(Timer).where(col(Timer.due_at) <= now)).one()
        alarms = session.exec(select(func.count()).select_from(Alarm).where(col(Alarm.over_at).is_(None))).one()
    return {
        "time": now.isoformat(),
        "inbox": intake.waiting + lag(opened.store),
        "deliveries": under_way,
        "retrying": retrying,
        "timers": timers,
        "alarms": alarms,
    }
