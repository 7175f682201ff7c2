"""What colleagues think of digests: kept once, the latest word of each counts, shown to whoever owns them."""

from __future__ import annotations

import pytest

from tests.tell.test_digest import MONDAY, magic, write
from tests.world import World
from vocbot.sdk.document import Buttons
from vocbot.sdk.events import Opinion
from vocbot.store.tables import AuditEntry, Digest
from vocbot.tell.opinions import found, subject


def press(world: World, token: str, useful: bool, by: str = "U1") -> None:
    world.take(Opinion(token, useful, by, f"name of {by}", world.clock.now()), source="slack")


def said(world: World) -> list[tuple[int, int]]:
    with world.store.read() as session:
        return [(one.useful, one.useless) for one in found(session)]


@pytest.fixture
def digest(world: World) -> str:
    magic(world, 6, "2026-11-03")
    assert write(world) is not None
    return subject(world.all(Digest)[0])


def test_a_digest_asks_whether_it_is_of_use(world: World, digest: str) -> None:
    (buttons,) = (b for b in world.documents("digest")[0].blocks if isinstance(b, Buttons))
    assert [(b.action, b.token) for b in buttons.items] == [("useful", digest), ("not_useful", digest)]
    assert world.documents("digest")[0].blocks[-1] == buttons
    assert said(world) == []


def test_the_latest_word_of_each_counts_and_a_double_click_is_one(world: World, digest: str) -> None:
    for useful, by in ((True, "U1"), (True, "U1"), (False, "U2"), (True, "U3"), (False, "U1")):
        press(world, digest, useful, by)
    assert said(world) == [(1, 2)]
    entries = [e for e in world.all(AuditEntry) if e.subject == digest]
    assert [(e.actor, e.action) for e in entries] == [
        ("name of U1", "digest useful"),
        ("name of U2", "digest not useful"),
        ("name of U3", "digest useful"),
        ("name of U1", "digest not useful"),
    ]


@pytest.mark.parametrize("token", ["digest:99", "digest:x", "faq:1", "digest:", "digest:1:2", "digest:99999999999999"])
def test_what_is_no_digest_of_ours_changes_nothing(world: World, digest: str, token: str) -> None:
    before = len(world.all(AuditEntry))
    press(world, token, True)
    assert len(world.all(AuditEntry)) == before and said(world) == []


def test_the_newest_digest_comes_first(world: World, digest: str) -> None:
    magic(world, 9, "2026-11-10")
    write(world, MONDAY.replace(day=MONDAY.day + 7))
    for one in world.all(Digest):
        press(world, subject(one), one.id == 1)
    with world.store.read() as session:
        slots = [one.digest.slot for one in found(session)]
    assert slots == sorted(slots, reverse=True) and len(slots) >= 2
