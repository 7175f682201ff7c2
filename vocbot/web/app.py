"""The web application: the hooks, and whether we are well."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from sqlalchemy import func
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from vocbot.runtime import Runtime
from vocbot.sdk.errors import trace
from vocbot.store.tables import Delivery, Timer
from vocbot.web.hooks import Hooks, Receive, Scope, Send

log = logging.getLogger(__name__)


class Front:
    """The hooks before everything else: nothing of a framework stands between a sender and the inbox."""

    def __init__(self, hooks: Hooks, pages: FastAPI) -> None:
        self._hooks = hooks
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/hooks/"):
            await self._hooks(scope, receive, send)
        else:
            await self._pages(scope, receive, send)


def make_app(runtime: Runtime) -> Front:
    """The application of one running vocbot."""
    settings = runtime.core.configuration.settings
    app = FastAPI(title="vocbot", docs_url=None, redoc_url=None, openapi_url=None)
    hooks = Hooks(runtime.sources, runtime.intake, runtime.core.clock, settings.web.public_url, settings.web.max_body)

    @app.get("/health")
    def health() -> JSONResponse:
        """How the process is: its threads, what waits to be read, what is due to be done."""
        try:
            state = waiting(runtime)
        except SQLAlchemyError as error:
            log.error("health: %s", trace(error))
            state = {"status": "failing", "error": "the database does not answer"}
        return JSONResponse(state, status_code=200 if state["status"] == "ok" else 503)

    return Front(hooks, app)


def waiting(runtime: Runtime) -> dict[str, Any]:
    """Figures for /health; no personal data, no names."""
    now = runtime.core.clock.now()
    with runtime.core.store.read() as session:
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
    return {
        "status": "ok" if runtime.healthy else "failing",
        "time": now.isoformat(),
        "inbox": runtime.intake.waiting + runtime.drain.lag(),
        "deliveries": under_way,
        "retrying": retrying,
        "timers": timers,
        "jobs": {
            name: {"runs": beat.runs, "failures": beat.failures, "last_error": beat.last_error}
            for name, beat in runtime.beats.items()
        },
    }
