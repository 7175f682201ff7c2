"""A console over a world, on loopback: people of every role, and a browser without JavaScript for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from tests.web.conftest import serving
from tests.world import World
from vocbot.config.load import Configuration
from vocbot.opened import Opened
from vocbot.registry import Registry
from vocbot.sdk.clock import RealClock
from vocbot.store import users
from vocbot.store.users import add_user, find_user, hashed, sign_in
from vocbot.web.console import add_console
from vocbot.web.desk import Console
from vocbot.web.shield import Shield

PASSWORD = "correct horse battery"


@dataclass
class Site:
    """The console of a world; `browser(role)` is somebody signed in, `guest()` is nobody."""

    world: World
    url: str
    console: Console
    open: ExitStack
    known: dict[str, str] = field(default_factory=dict)  # name of a role to the password hash's owner

    def guest(self, **headers: str) -> httpx.Client:
        client = httpx.Client(base_url=self.url, verify=False, headers={"accept-language": "en"} | headers)
        return self.open.enter_context(client)

    def browser(self, role: str, language: str = "en") -> Browser:
        """A browser in which somebody of that role is signed in; the door itself has tests of its own."""
        self.user(role)
        with self.world.write() as session:
            user = find_user(session, f"the {role}")
            assert user is not None
            token = sign_in(session, user, RealClock().now())
        client = self.guest(**{"accept-language": language})
        client.cookies.set(self.console.cookie, token)
        return Browser(client)

    def user(self, role: str) -> None:
        if role not in self.known:
            with self.world.write() as session:
                add_user(session, f"the {role}", role, _hash(), "test", RealClock().now())
            self.known[role] = PASSWORD


_kept: list[str] = []


def _hash() -> str:
    if not _kept:
        _kept.append(hashed(PASSWORD))
    return _kept[0]


@dataclass
class Browser:
    """Follows redirects within the site, keeps cookies, and sends the forms it sees."""

    client: httpx.Client

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
        return answer.text

    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.get("/account"))
        assert found
        return found[1]

    def post(self, path: str, status: int = 200, **form: Any) -> str:
        """Send a form with the right token; the page at the end of the redirects."""
        answer = self.client.post(path, data={"csrf": self.csrf(), **form}, follow_redirects=True)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
        return answer.text


def text(page: str) -> str:
    """What a reader sees of a page: no tags, one blank between words."""
    body = re.sub(r"(?s)<(head|script|style)\b.*?</\1>", " ", page)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as they are in earnest, with less effort."""
    monkeypatch.setattr(users, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class Switch:
    """An application that is another one for each test: a server of its own would take longer than the test."""

    def __init__(self) -> None:
        self.app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def switch() -> Iterator[tuple[Switch, str]]:
    made = Switch()
    with serving(made) as url:
        yield made, url


@pytest.fixture
def open_site(switch: tuple[Switch, str]) -> Iterator[Callable[..., Site]]:
    """Puts a console over a world: `open_site(world, public_url=...)`."""
    with ExitStack() as stack:

        def make(world: World, public_url: str = "http://127.0.0.1:8080") -> Site:
            settings = world.settings.model_copy(
                update={"web": world.settings.web.model_copy(update={"public_url": public_url})}
            )
            opened = Opened(
                Configuration(settings, {}, None), Registry({}, ()), world.store, world.crypt, world.clock, {}
            )
            app = FastAPI(openapi_url=None)
            add_console(app, opened)
            console: Console = app.state.console
            console._loop = world.loop
            console._made_ready = True  # a test of its own is about that; each of the others would pay for it
            switch[0].app = Shield(app, console.secure)
            return Site(world, switch[1], console, stack)

        yield make


@pytest.fixture
def site(world: World, open_site: Callable[..., Site]) -> Site:
    return open_site(world)
