"""What a page of the console has at hand: who asks, in which language, and how an answer is made.

Nobody but `signed_in` and `posted` lets anybody in: a page that takes neither is open to all.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hmac import compare_digest
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from vocbot.opened import Opened
from vocbot.rights import may
from vocbot.sdk.clock import RealClock
from vocbot.sdk.errors import trace
from vocbot.store import users
from vocbot.store.tables import SignIn, User
from vocbot.web.limiter import Limiter
from vocbot.web.looks import Looks
from vocbot.web.refusals import Refused, SignedOut
from vocbot.web.shared import Shared

if TYPE_CHECKING:
    from vocbot.loop import Loop

log = logging.getLogger(__name__)

LANGUAGE = "vocbot_language"
FIELDS = 200  # of a form


class Console:
    """What all pages of one server share."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.settings = opened.configuration.settings
        self.limiter = Limiter()
        self.looks = Looks(self.settings.zone)
        self.secure = self.settings.web.public_url.startswith("https://")
        # a cookie of this name cannot be set by a neighbour's page, nor without encryption
        self.cookie = "__Host-vocbot" if self.secure else "vocbot"
        self.door_cookie = "__Host-vocbot-door" if self.secure else "vocbot_door"
        self.shared = Shared(opened)
        self._loop: Loop | None = None
        self._lock = threading.Lock()
        self._made_ready = False

    def make_ready(self, after: float = 0.0) -> None:
        """Load and count, in a thread and once, what the first of each page would take a second for; `after` so many
        physical seconds. A server that only listens does without."""
        with self._lock:
            if self._made_ready:
                return
            self._made_ready = True
        thread = threading.Timer(after, self._ready)
        thread.daemon = True
        thread.start()

    def _ready(self) -> None:
        try:
            from vocbot.act import ticket  # noqa: F401 - what an issue's page shows
            from vocbot.text.guard import leaks
            from vocbot.understand import causes, priority  # noqa: F401

            leaks(["quotes are looked at once more before they are shown"])
            self.looks.compile()
            today = self.opened.clock.now().astimezone(self.settings.zone).date()
            self.shared.count(today)
        except Exception as error:  # noqa: BLE001 - a thread's border: then the pages find out by themselves
            log.error("pages not made ready: %s", trace(error), extra={"action": "pages.not_ready"})

    def loop(self) -> Loop:
        """The loop, wired when the first decision is made: a server that only listens does without it."""
        with self._lock:
            if self._loop is None:
                from vocbot.runtime import wire

                self._loop = wire(self.opened)
            return self._loop

    def language(self, request: Request, user: User | None = None) -> str:
        """The user's own choice, else the browser's, else the installation's."""
        chosen = (user.language if user else None) or request.cookies.get(LANGUAGE)
        if chosen in ("zh", "en"):
            return chosen
        for part in request.headers.get("accept-language", "").split(","):
            tag = part.split(";")[0].strip().lower()[:2]
            if tag in ("zh", "en"):
                return tag
        return self.settings.language

    def page(self, request: Request, template: str, status: int = 200, user: User | None = None, **facts: Any) -> Any:
        """A page as an answer. `csrf` is among the facts where it has forms."""
        self.make_ready()  # whoever sees one, if only the door, will ask for others
        language = self.language(request, user)
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        text = self.looks.render(
            template,
            language,
            user=user,
            status=status,
            here=here if request.method == "GET" else "/",
            company=self.settings.company,
            **facts,
        )
        return HTMLResponse(text, status)


@dataclass(frozen=True)
class Desk:
    """One request of somebody who is signed in; `form` is empty but for what was posted."""

    console: Console
    request: Request
    user: User
    sign_in: SignIn
    form: Mapping[str, str]

    @property
    def language(self) -> str:
        return self.console.language(self.request, self.user)

    @property
    def today(self) -> date:
        """The owner's local day on our clock."""
        return self.console.opened.clock.now().astimezone(self.console.settings.zone).date()

    def may(self, verb: str) -> bool:
        """Whether the role allows it."""
        return may(self.user.role, verb)

    def require(self, verb: str) -> None:
        """Raises Refused where the role does not allow it."""
        if not self.may(verb):
            raise Refused(403, "not_your_role", role=self.user.role)

    def page(self, template: str, status: int = 200, **facts: Any) -> Response:
        """A page for this user."""
        answer: Response = self.console.page(
            self.request, template, status, self.user, csrf=self.sign_in.csrf, may=self.may, **facts
        )
        return answer

    def done(self, path: str, said: str = "") -> Response:
        """Go on to a page of ours that says what was done: `said` names the sentence."""
        address = local(path)
        if said:
            address += ("&" if "?" in address else "?") + urlencode({"done": said})
        return RedirectResponse(address, 303)


def number(text: str) -> int | None:
    """An id from an address; none where it is no id."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def local(path: str) -> str:
    """`path` itself where it is one of ours, else the first page: nobody is sent elsewhere by a link to us."""
    if not path.startswith("/") or path.startswith(("//", "/\\")) or not path.isprintable() or "\\" in path:
        return "/"
    try:
        parts = urlsplit(path)
    except ValueError:
        return "/"
    return path if not parts.scheme and not parts.netloc else "/"


def same_site(request: Request, console: Console) -> bool:
    """Whether a form was sent from a page of ours, as far as the browser says."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    asked = request.headers.get("host", "")
    return urlsplit(origin).netloc in (asked, urlsplit(console.settings.web.public_url).netloc)


def the_console(request: Request) -> Console:
    """The console this request is for."""
    console: Console = request.app.state.console
    return console


async def fields(request: Request) -> dict[str, str]:
    """What a form holds; of a name that comes twice the last. Forms of ours are never more than text."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        return {}
    try:
        text = (await request.body()).decode("utf-8", "strict")
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS))
    except (UnicodeDecodeError, ValueError):
        raise Refused(400, "bad_form") from None


def _visitor(request: Request, console: Console) -> users.Visitor | None:
    token = request.cookies.get(console.cookie, "")
    if not token:
        return None
    now = RealClock().now()
    with console.opened.store.read() as session:
        found = users.visitor(session, token, now)
    if found is not None and now - found.sign_in.seen_at > users.SEEN_EVERY:
        with console.opened.store.write() as session:
            users.seen(session, found.sign_in, now)
    return found


def signed_in(request: Request) -> Desk:
    """Who asks for a page. Raises SignedOut."""
    console = the_console(request)
    found = _visitor(request, console)
    if found is None:
        raise SignedOut(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
    return Desk(console, request, found.user, found.sign_in, {})


def posted(request: Request, form: Annotated[dict[str, str], Depends(fields)]) -> Desk:
    """Who sends a form, from a page of ours. Raises SignedOut or Refused; then nothing was done."""
    console = the_console(request)
    found = _visitor(request, console)
    if found is None:
        raise SignedOut(local(form.get("back", "/")), posted=True)
    if not same_site(request, console) or not compare_digest(form.get("csrf", ""), found.sign_in.csrf):
        raise Refused(403, "not_our_form")
    return Desk(console, request, found.user, found.sign_in, form)


Reading = Annotated[Desk, Depends(signed_in)]
Writing = Annotated[Desk, Depends(posted)]
