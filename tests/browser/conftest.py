"""A real browser over a console with a past. Where no Chromium is installed, these tests are skipped, and say so.

CHROMIUM names another one; VOCBOT_BROWSER=required makes its absence a failure, as in .ci/run. With
VOCBOT_SCREENSHOTS=FOLDER the pages are kept as pictures there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from tests.browser.story import OPTIONS, tell
from tests.web.conftest import serving
from tests.web.site import quick_passwords  # noqa: F401
from tests.world import World
from vocbot.config.load import Configuration
from vocbot.opened import Opened
from vocbot.registry import Registry
from vocbot.sdk.clock import RealClock
from vocbot.sdk.testing.clock import HandClock
from vocbot.store import users
from vocbot.store.crypt import Crypt
from vocbot.store.db import open_store
from vocbot.store.search import index
from vocbot.web.console import add_console
from vocbot.web.shield import Shield

SIZES = {"desk": (1200, 800), "phone": (390, 844)}
LOCALES = {"en": "en-GB", "zh": "zh-CN"}


@pytest.fixture(scope="module")  # while it is open an event loop runs in this thread, which tests elsewhere need
def chromium() -> Iterator[Any]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    required = os.environ.get("VOCBOT_BROWSER") == "required"
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        path = None
    if path is None:
        assert not required, "no browser: install chromium and playwright"
        pytest.skip("no Chromium is installed: the console was not looked at in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Shop:
    """The console of the shop of the story; `page(...)` is a browser in which somebody of a role is signed in."""

    def __init__(self, chromium: Any, world: World, url: str, cookie: str) -> None:
        self.chromium, self.world, self.url, self.cookie = chromium, world, url, cookie
        self.complaints: list[str] = []

    def page(self, role: str | None, language: str = "en", size: str = "desk", script: bool = True) -> Any:
        width, height = SIZES[size]
        context = self.chromium.new_context(
            viewport={"width": width, "height": height}, locale=LOCALES[language], java_script_enabled=script
        )
        if role is not None:
            with self.world.write() as session:
                user = users.find_user(session, role) or users.add_user(
                    session, role, role, users.hashed("correct horse battery"), "test", RealClock().now()
                )
                session.flush()
                token = users.sign_in(session, user, RealClock().now())
            context.add_cookies([{"name": self.cookie, "value": token, "url": self.url}])
        page = context.new_page()
        page.on("console", lambda message: self._complain(page.url, message.text))
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("dialog", lambda dialog: self.complaints.append(f"{page.url}: dialog {dialog.message}"))
        return page

    def _complain(self, url: str, text: str) -> None:
        ours = ("status of 400 (Bad Request)", "status of 403 (Forbidden)", "status of 409 (Conflict)")
        if not text.endswith(ours):
            self.complaints.append(f"{url}: {text}")

    def see(self, page: Any, path: str) -> None:
        """Open a page; nothing may stick out of the window, and the browser may have no complaint."""
        page.goto(self.url + path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} sticks out by {wide} pixels at {page.viewport_size}"
        assert self.complaints == []


@pytest.fixture(scope="module")
def shop(chromium: Any, crypt: Crypt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('shop')}/vocbot.db")
    world = World(store, crypt, HandClock(), OPTIONS)
    tell(world)
    while index(store):
        pass
    app = FastAPI(openapi_url=None)
    opened = Opened(Configuration(world.settings, {}, None), Registry({}, ()), store, crypt, world.clock, {})
    add_console(app, opened)
    app.state.console._loop = world.loop
    with serving(Shield(app, False)) as url:
        yield Shop(chromium, world, url, app.state.console.cookie)
    store.close()


@pytest.fixture(scope="session")
def keep() -> Callable[[Any, str], None]:
    """Keeps a page as a picture, where somebody asked for it."""
    folder = os.environ.get("VOCBOT_SCREENSHOTS")

    def shoot(page: Any, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=f"{folder}/{name}.png")

    return shoot
