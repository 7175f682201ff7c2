"""Whatever is sent to any page by anybody, nothing fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings

from tests.web.conftest import serving
from tests.web.site import Site
from tests.world import World
from vocbot.config.load import Configuration
from vocbot.listen.intake import Intake
from vocbot.opened import Opened
from vocbot.registry import Registry
from vocbot.web.app import make_app

SENT = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def whole(world: World) -> Iterator[tuple[FastAPI, str]]:
    """The application behind its shield, on loopback, and what it says that it takes."""
    opened = Opened(
        Configuration(world.settings, {}, None), Registry({}, ()), world.store, world.crypt, world.clock, {}
    )
    intake = Intake(world.store, world.crypt, lambda: None)
    intake.start()
    front = make_app(opened, intake)
    inner: FastAPI = front._pages._pages
    inner.state.console._loop = world.loop
    with serving(front) as url:
        yield inner, url
    intake.stop()


@pytest.mark.parametrize("role", [None, "admin"])
def test_no_page_fails_whatever_it_is_sent(
    whole: tuple[FastAPI, str],
    world: World,
    open_site: Callable[..., Site],
    role: str | None,
) -> None:
    app, url = whole
    world.burst()
    site = open_site(world)
    cookies = dict(site.browser(role).client.cookies) if role else {}
    schema = schemathesis.openapi.from_dict(app.openapi())
    tried: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        operation = found.ok()

        @SENT
        @given(operation.as_strategy())
        def send(case: Any) -> None:
            answer = case.call(base_url=url, cookies=cookies, allow_redirects=False)
            tried.setdefault(case.operation.label, set()).add(answer.status_code)

        send()
    failed = {label: codes for label, codes in tried.items() if max(codes) >= 500}
    assert not failed
    assert {tuple(tried[f"GET /{path}"]) for path in ("health", "ready", "metrics")} == {(200,)}
    changed = {label for label, codes in tried.items() if label.startswith("POST") and min(codes) < 300}
    assert not changed  # without the token of a form
    assert len(tried) > 20
