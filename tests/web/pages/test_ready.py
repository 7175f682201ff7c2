"""Nobody waits for what is done once: pages are made ready beside the first one, and counted anew behind it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.web.site import Site
from tests.world import CRASH, World
from vocbot.sdk.clock import RealClock
from vocbot.store.users import IDLE, anybody_in
from vocbot.web import shared


@pytest.fixture
def world(build: Callable[..., World]) -> World:
    return build()


@pytest.fixture
def fresh(site: Site) -> Site:
    """A server that nobody has asked for a page yet."""
    site.console._made_ready = False
    return site


def within(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_whoever_sees_the_door_finds_the_rest_ready(fresh: Site) -> None:
    site = fresh
    site.world.complain(3, CRASH)
    found = site.console.shared
    assert found._usual.value is None
    site.guest().get("/sign-in")
    within(lambda: found._causes)
    assert found._usual.value is not None and found._reach.value
    counted = found._usual.value
    site.console.make_ready()  # once
    site.guest().get("/sign-in")
    assert found._usual.value is counted


def test_pages_go_on_where_nothing_could_be_made_ready(
    fresh: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret of the database")

    monkeypatch.setattr(fresh.console.shared, "count", fail)
    assert fresh.guest().get("/sign-in").status_code == 200
    within(lambda: "pages not made ready" in caplog.text)
    assert "secret" not in caplog.text
    assert "Nothing has come in yet" in fresh.browser("admin").get("/")


def test_an_older_count_is_shown_while_a_new_one_is_made(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    world, counts = site.world, site.console.shared
    world.complain(3, CRASH)
    go_on, counted = threading.Event(), []
    real = shared.reaches

    def slow(*given: object) -> object:
        if threading.current_thread().name.startswith("counts"):
            assert go_on.wait(10)
        counted.append(threading.current_thread().name)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(shared, "reaches", slow)
    with world.store.read() as session:
        first = counts.reach(session, world.today)
        monkeypatch.setattr(shared, "REACH_KEPT", timedelta(0))
        world.complain(3, CRASH, first=10)
        assert counts.reach(session, world.today) is first
        assert counts.reach(session, world.today) is first, "one count at a time"
        go_on.set()
        within(lambda: len(counted) == 2 and not counts._counting)
        monkeypatch.setattr(shared, "REACH_KEPT", timedelta(minutes=1))
        later = counts.reach(session, world.today)
        assert later is not first and later[world.issue(CRASH).id or 0] != first[world.issue(CRASH).id or 0]
        counts.forget()  # somebody changed what is counted
        assert counts.reach(session, world.today) is not later and len(counted) == 3


def test_whether_somebody_is_in(site: Site) -> None:
    now = RealClock().now()
    with site.world.store.read() as session:
        assert not anybody_in(session, now)
    site.browser("admin")
    with site.world.store.read() as session:
        assert anybody_in(session, now)
        assert not anybody_in(session, now + IDLE + timedelta(minutes=1))
