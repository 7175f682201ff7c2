"""What leaves and what was given up; again, let go, hold and release by administrators alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.web.site import Site, text
from tests.world import World
from vocbot.store.tables import AuditEntry, Delivery, Hold, Person


@pytest.fixture
def world(build: Callable[..., World]) -> World:
    return build(connectors={"jira": {"type": "jira"}})


def ticket(world: World, state: str = "rejected") -> Delivery:
    world.burst(people=6)
    key = world.deliveries("ticket")[0].key
    world.end(key, state, "<b>no such project</b>")
    return next(d for d in world.deliveries("ticket"))


def test_the_dead_are_listed_and_done_again(site: Site) -> None:
    dead = ticket(site.world)
    admin = site.browser("admin")
    page = admin.get("/deliveries")
    assert "&lt;b&gt;no such project" in page and "Given up" in page
    assert "refused" in text(admin.get("/"))
    assert "Planned once more" in admin.post(f"/deliveries/{dead.id}/replay")
    assert site.world.deliveries("ticket")[0].state == "planned"
    assert "Somebody was faster" in admin.post(f"/deliveries/{dead.id}/replay")
    last = site.world.all(AuditEntry)[-1]
    assert (last.actor, last.action) == ("the admin", "replayed")


def test_what_may_have_happened_needs_a_tick(site: Site) -> None:
    dead = ticket(site.world, "unknown")
    admin = site.browser("admin")
    assert "may have arrived" in admin.post(f"/deliveries/{dead.id}/replay")
    assert site.world.deliveries("ticket")[0].state == "unknown"
    admin.post(f"/deliveries/{dead.id}/replay", twice="yes")
    assert site.world.deliveries("ticket")[0].state == "planned"


def test_letting_go(site: Site) -> None:
    dead = ticket(site.world)
    admin = site.browser("admin")
    assert "Let go" in text(admin.post(f"/deliveries/{dead.id}/drop"))
    assert site.world.deliveries("ticket")[0].state == "cancelled"
    admin.post("/deliveries/999/drop", 404)
    admin.post(f"/deliveries/{dead.id}/burn", 404)


def test_holding_and_releasing(site: Site) -> None:
    ticket(site.world)
    admin = site.browser("admin")
    admin.post("/connectors/jira/hold", why="maintenance")
    assert [(h.connector, h.by) for h in site.world.all(Hold)] == [("jira", "the admin")]
    assert "Held by the admin" in text(admin.get("/deliveries"))
    assert "Somebody was faster" in admin.post("/connectors/jira/hold")
    admin.post("/connectors/jira/release")
    assert site.world.all(Hold) == []
    admin.post("/connectors/nothing/hold", 404)


@pytest.mark.parametrize("state", ["", "sent", "rejected", "nonsense"])
def test_filters(site: Site, state: str) -> None:
    ticket(site.world)
    site.browser("executive").get(f"/deliveries?state={state}&page=99999")


def test_a_customer_is_a_pseudonym_until_somebody_says_why(site: Site) -> None:
    site.world.say("the coupon is shown as available but is not taken off", "ann")
    person = site.world.all(Person)[0]
    agent = site.browser("agent")
    page = agent.get(f"/people/{person.pseudonym}")
    assert "coupon" in page and "ann@example.com" not in page
    assert "A reason is needed" in agent.post(f"/people/{person.pseudonym}/identity", 400, reason=" ")
    shown = agent.post(f"/people/{person.pseudonym}/identity", reason="call back")
    assert "ann@example.com" in shown
    looked = [e for e in site.world.all(AuditEntry) if e.action == "identity seen"]
    assert [(e.actor, e.subject, e.detail) for e in looked] == [
        ("the agent", person.pseudonym, {"reason": "call back"})
    ]
    product = site.browser("product")
    product.post(f"/people/{person.pseudonym}/identity", 403, reason="curious")
    assert "Show name" not in product.get(f"/people/{person.pseudonym}")
    agent.get("/people/P-NOBODY", 404)
