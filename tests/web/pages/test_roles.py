"""Role by page by verb: what each may do, and that a refusal does nothing at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.site import Site, text
from tests.world import COUPON, World
from vocbot.rights import RIGHTS, ROLES
from vocbot.sdk.events import Opinion
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.search import index
from vocbot.store.tables import Approval, AuditEntry, Digest, Feedback, Hold, Person

PAGES = ("/", "/issues", "/issues/VOC-1", "/issues?q=coupon", "/approvals", "/undecided", "/deliveries", "/account")

# what it takes, what is sent, and the right it needs, written here a second time on purpose
VERBS: list[tuple[str, dict[str, str], tuple[str, ...]]] = [
    ("/approvals/ticket:VOC-1:1", {"answer": "reject"}, ("admin", "analyst", "product")),
    ("/approvals/faq:1", {"answer": "reject"}, ("admin", "support_lead")),
    ("/approvals/faq:1/edit", {"question": "q", "answer": "a", "seen": "x"}, ("admin", "support_lead")),
    ("/approvals/notice:CHANGE-1", {"answer": "reject"}, ("admin", "support_lead")),
    ("/undecided/{undecided}", {"to": "nothing"}, ("admin", "analyst")),
    ("/issues/VOC-1/rename", {"en": "Other", "seen": "x"}, ("admin", "analyst", "product")),
    ("/issues/VOC-1/priority", {"band": "P1", "why": "w", "seen": "x"}, ("admin", "analyst", "product")),
    ("/issues/VOC-1/merge", {"into": "VOC-2", "seen": "x"}, ("admin", "analyst", "product")),
    ("/issues/VOC-1/move", {"into": "VOC-2", "m1": "on", "seen": "x"}, ("admin", "analyst", "product")),
    ("/issues/VOC-1/split", {"saying": "coupon", "seen": "x"}, ("admin", "analyst", "product")),
    ("/issues/VOC-1/undo", {"change": "1"}, ("admin", "analyst", "product")),
    ("/deliveries/1/drop", {}, ("admin",)),
    ("/deliveries/1/replay", {}, ("admin",)),
    ("/people/{person}/identity", {"reason": "a call"}, ("admin", "support_lead", "agent")),
    ("/users", {"name": "X", "role": "agent"}, ("admin",)),
]


def prepared(world: World) -> dict[str, Any]:
    world.burst(people=6)
    world.say("the parrot has learnt to whistle", "polly")
    undecided = next(f for f in world.all(Feedback) if f.bucket == "undecided")
    return {"undecided": undecided.id, "person": world.all(Person)[0].pseudonym}


@pytest.mark.parametrize("role", ROLES)
def test_every_role_reads_every_page(site: Site, role: str) -> None:
    prepared(site.world)
    browser = site.browser(role)
    for path in PAGES:
        page = browser.get(path)
        assert "Traceback" not in page and "style=" not in page, path
    assert (browser.client.get("/users").status_code == 200) == (role == "admin")


@pytest.mark.parametrize(("path", "form", "allowed"), VERBS, ids=[v[0] for v in VERBS])
def test_who_may_do_what(site: Site, path: str, form: dict[str, str], allowed: tuple[str, ...]) -> None:
    path = path.format(**prepared(site.world))
    for role in ROLES:
        browser = site.browser(role)
        before = len(site.world.all(AuditEntry))
        status = browser.client.post(path, data={"csrf": browser.csrf(), **form}, follow_redirects=True).status_code
        assert (status != 403) == (role in allowed), (role, status)
        if role not in allowed:
            assert len(site.world.all(AuditEntry)) == before


def test_holding_needs_an_administrator(site: Site) -> None:
    browser = site.browser("support_lead")
    browser.post("/connectors/jira/hold", 403)
    assert site.world.all(Hold) == []


def test_every_right_is_somebodys() -> None:
    assert all(roles and roles <= set(ROLES) for roles in RIGHTS.values())
    assert all("admin" in roles for roles in RIGHTS.values())


@pytest.mark.parametrize("role", ["executive", "marketing"])
def test_buttons_are_shown_to_those_who_may_press_them(site: Site, role: str) -> None:
    world = site.world
    prepared(world)
    page = site.browser(role).get("/undecided")
    assert 'accesskey="1"' not in page and "Sorting is for" in page
    assert 'accesskey="1"' in site.browser("analyst").get("/undecided")
    assert not re.search(r'action="/deliveries/\d', site.browser(role).get("/deliveries"))
    assert world.all(Approval) == []
    assert world.issue(COUPON).name == "VOC-1"


def test_every_page_on_postgresql(
    pg_store: Store, crypt: Crypt, clock: HandClock, open_site: Callable[..., Site]
) -> None:
    world = World(pg_store, crypt, clock, {"modes": {"ticket": "approve", "notice": "approve"}})
    there = prepared(world)
    world.decide("ticket:VOC-1:1")
    world.ticket()
    world.finish(version="5.4.1")
    while index(pg_store):
        pass
    admin = open_site(world).browser("admin", "zh")
    more = (f"/people/{there['person']}", "/approvals/notice:CHANGE-1", "/users", "/issues?sort=week&kind=wish")
    for path in (*PAGES, *more):
        admin.get(path)
    admin.post(f"/undecided/{there['undecided']}", to="VOC-1")
    admin.post(f"/undecided/{there['undecided']}", to="back")
    admin.post(f"/people/{there['person']}/identity", reason="a call")
    page = admin.get("/approvals/notice:CHANGE-1")
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen
    admin.post("/approvals/notice:CHANGE-1", answer="approve", seen=seen[1])
    assert {d.state for d in world.deliveries("notice")} == {"planned"}


def test_what_colleagues_think_of_digests_is_for_whoever_owns_them(site: Site) -> None:
    world = site.world
    prepared(world)
    now = world.clock.now()
    with world.write() as session:
        session.add(Digest(id=1, name="weekly", slot=now, first_day=now.date(), last_day=now.date(), language="en"))
    world.take(Opinion("digest:1", True, "U1", "Li Na", now), source="slack")
    assert "useful 1, not useful 0" in text(site.browser("analyst").get("/"))
    assert "useful 1" not in text(site.browser("executive").get("/"))
