"""The console: server-rendered pages for colleagues. Works without JavaScript; nothing is loaded from elsewhere."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from vocbot.opened import Opened
from vocbot.sdk.errors import trace
from vocbot.web.desk import Console, local, signed_in, the_console
from vocbot.web.looks import static_files
from vocbot.web.pages import approvals, correct, deliveries, door, issue, issues, person, today, undecided, users
from vocbot.web.refusals import Refused, SignedOut

log = logging.getLogger(__name__)

FOR_EVER = "public, max-age=31536000, immutable"  # a file's name changes with its content
PAGES = (door, today, issues, issue, correct, approvals, undecided, deliveries, person, users)


def add_console(app: FastAPI, opened: Opened) -> Console:
    """Add the pages to the application."""
    console = app.state.console = Console(opened)
    for page in PAGES:
        app.include_router(page.router)

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        kind, content = static_files().get(name, ("", b""))
        if not kind:
            raise Refused(404, "no_page")
        return Response(content, media_type=kind, headers={"cache-control": FOR_EVER})

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(status_code=204, headers={"cache-control": FOR_EVER})

    @app.exception_handler(SignedOut)
    def ask_in(request: Request, error: SignedOut) -> Response:
        said = "door_expired" if error.posted else ""
        return door.form(request, the_console(request), local(error.back), said, 401 if error.posted else 200)

    @app.exception_handler(Refused)
    def say_why(request: Request, error: Refused) -> Response:
        return _plain(request, error.status, error.reason, **error.values)

    @app.exception_handler(RequestValidationError)
    def not_understood(request: Request, _: RequestValidationError) -> Response:
        return _plain(request, 404, "no_page")

    @app.exception_handler(HTTPException)
    def not_here(request: Request, error: HTTPException) -> Response:
        return _plain(request, error.status_code, "no_page")

    @app.exception_handler(Exception)
    def failed(request: Request, error: Exception) -> Response:
        log.error("page %s failed: %s", request.url.path, trace(error), extra={"action": "page.failed"})
        try:
            return _plain(request, 500, "failed")
        except Exception:  # noqa: BLE001 - the web border: the store may be gone, and so the page that says so
            return JSONResponse({"error": "internal error"}, 500)

    return console


def _plain(request: Request, status: int, reason: str, **values: object) -> Response:
    """A page with a sentence, in the frame of whoever is signed in."""
    try:
        return signed_in(request).page("refused.html", status, reason=reason, values=values)
    except SignedOut:
        page: Response = the_console(request).page(request, "refused.html", status, reason=reason, values=values)
        return page
