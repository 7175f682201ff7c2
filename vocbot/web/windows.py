"""Windows that colleagues write in where they are asked, as in chat: opened and answered at once.

Systems wait for an answer about three seconds, so whatever may be slow is done beside it: a press is acknowledged
before the window is made, and what was written is answered in time even where it is not kept yet.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import quote

from vocbot.locale import say, word
from vocbot.opened import Opened
from vocbot.rights import may_edit
from vocbot.sdk.document import Document, paragraph
from vocbot.sdk.errors import Unparseable, VocbotError, trace
from vocbot.sdk.events import Decision
from vocbot.sdk.ports import Window
from vocbot.sdk.window import TooLong, Wish, Written
from vocbot.sdk.wire import Request, Response
from vocbot.tell import answers
from vocbot.text.wording import Unfit
from vocbot.wordings import Stale, Wording, form, named, now_under, subject_of, unfit, wording

if TYPE_CHECKING:
    from vocbot.loop import Loop

log = logging.getLogger(__name__)

SOON = 2.2  # seconds until an answer has to go out


class Windows:
    """The windows of all connectors that have some. `loop` is wired when the first text is kept."""

    def __init__(self, opened: Opened, loop: Callable[[], Loop]) -> None:
        settings = opened.configuration.settings
        self._opened = opened
        self._loop = loop
        self._language = settings.approvals.language
        self._zone = settings.zone
        self._console = settings.web.public_url.rstrip("/")
        self._ports: dict[str, Window] = opened.ports("window")
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="window")

    def __contains__(self, connector: str) -> bool:
        """Whether it has windows: asked of every request, and of nearly all the answer is no."""
        return connector in self._ports

    async def take(self, connector: str, request: Request) -> Response | None:
        """The answer to an authentic request of a connector that has windows, where somebody waits before one; None for
        every other request."""
        port = self._ports[connector]
        try:
            asked = port.read(request)
        except Unparseable:
            return None  # it is kept and listed, like everything that is not understood
        if isinstance(asked, Wish):
            self._pool.submit(self._open, connector, port, asked)
            return Response()
        if isinstance(asked, Written):
            return port.answer(await self._keep(asked))
        return None

    # -- opening

    def _open(self, connector: str, port: Window, wish: Wish) -> None:
        try:
            refused = self._shown(port, wish)
            if refused:
                self._say(connector, wish, refused)
            self._loop()  # it takes a second or two at first, which whoever writes now does not see
        except Exception as error:  # noqa: BLE001 - a thread's border: there is nobody to raise to
            log.error("window of %s not opened: %s", connector, trace(error), extra={"action": "window.failed"})

    def _shown(self, port: Window, wish: Wish) -> str:
        """Show the window; "" where that was done, else why not."""
        language = self._language
        if wish.role == "":
            return say(language, "answer.not_named")
        with self._opened.store.read() as session:
            if not may_edit(wish.role, wish.token):
                return say(language, "answer.not_your_role", role=word(language, "role", wish.role or ""))
            found = wording(session, wish.token)
            if found is None:
                pressed = Decision(wish.token, True, wish.by, wish.by_name, wish.time)
                return answers.not_decided(session, pressed, self._zone, language).title
            shown = form(found, language)
        page = f"{self._console}/approvals/{quote(wish.token, safe=':')}"
        link = say(language, "edit.link", url=page)
        try:
            port.open(wish, shown)
        except TooLong:
            return say(language, "edit.too_long", link=link)
        except VocbotError as error:
            log.warning("no window: %s", error, extra={"action": "window.refused"})
            return say(language, "edit.too_late", link=link)
        return ""

    def _say(self, connector: str, wish: Wish, text: str) -> None:
        document = Document(self._language, text, (paragraph(text),))
        with self._opened.store.write() as session:
            now = self._opened.clock.now()
            answers.reply(session, connector, wish.by, wish.time, wish.reply_to, document, now)

    # -- keeping

    async def _keep(self, written: Written) -> Mapping[str, str]:
        """Keep what was written; returns what is wrong, by field."""
        kept = asyncio.get_running_loop().run_in_executor(self._pool, self._kept, written)
        try:
            return await asyncio.wait_for(asyncio.shield(kept), SOON)
        except TimeoutError:
            # it goes on meanwhile: whoever presses once more finds it kept
            return _beside_first(written, say(self._language, "edit.busy"))

    def _kept(self, written: Written) -> Mapping[str, str]:
        try:
            state = json.loads(written.state)
            token, seen = str(state["token"]), str(state["seen"])
        except (ValueError, KeyError, TypeError):
            return _beside_first(written, say(self._language, "edit.changed"))
        if written.role == "":
            return _beside_first(written, say(self._language, "answer.not_named"))
        if not may_edit(written.role, token):
            role = word(self._language, "role", written.role or "")
            return _beside_first(written, say(self._language, "answer.not_your_role", role=role))
        try:
            loop = self._loop()
            with self._opened.store.write(lock="drain") as session:
                was = now_under(session, token)
                if was is None or not _same(was, token, written):
                    loop.rewrite(session, token, seen, written.values, written.by_name)
        except Unfit as problem:
            return {problem.part: unfit(problem, self._language)}
        except Stale:
            return self._stale(written, token)
        except Exception as error:  # noqa: BLE001 - a thread's border: whoever wrote must hear of it
            log.error("what was written is not kept: %s", trace(error), extra={"action": "window.failed"})
            return _beside_first(written, say(self._language, "edit.failed"))
        return {}

    def _stale(self, written: Written, token: str) -> Mapping[str, str]:
        """Somebody decided meanwhile, or edited it."""
        with self._opened.store.read() as session:
            if now_under(session, token) is not None:
                return _beside_first(written, say(self._language, "edit.changed"))
            subject = subject_of(session, token)
            last = named(subject) if subject is not None else token
            pressed = Decision(last, True, written.by, written.by_name, self._opened.clock.now())
            why = answers.not_decided(session, pressed, self._zone, self._language).title
        return _beside_first(written, why)


def _beside_first(written: Written, text: str) -> Mapping[str, str]:
    """What is wrong with the whole and not with one field, said beside the first."""
    return {next(iter(written.values), ""): text}


def _same(was: Wording, token: str, written: Written) -> bool:
    """Whether this was saved already, by a press before this one."""
    return was.token != token and was.says(written.values)
