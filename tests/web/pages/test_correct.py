"""Putting an Issue right by hand: what it does, that it can be undone, and that an old page does nothing."""

from __future__ import annotations

import re

import pytest

from tests.web.site import Browser, Site, text
from tests.world import COUPON, CRASH, DARK, World
from vocbot.store.tables import AuditEntry, Issue, IssueChange, Mention


def prepared(site: Site, role: str = "analyst") -> Browser:
    site.world.complain(4)
    site.world.complain(2, CRASH, first=10)
    return site.browser(role)


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found
    return found[1]


def ticks(page: str) -> list[str]:
    return re.findall(r'type="checkbox" form="move" name="(m\d+)"', page)


def undo_form(page: str) -> tuple[str, str]:
    found = re.search(r'action="(/issues/VOC-\d+/undo)".*?name="change" value="(\d+)"', page, re.S)
    assert found, "there is nothing to undo"
    return found[1], found[2]


def counts(world: World) -> dict[str, int]:
    return {issue.name: issue.mentions for issue in world.all(Issue)}


def names(world: World) -> tuple[str, str]:
    return world.issue(COUPON).name, world.issue(CRASH).name


def test_renaming_and_taking_it_back(site: Site) -> None:
    browser = prepared(site, "product")
    name, _ = names(site.world)
    before = site.world.issue(COUPON).title_zh
    path = f"/issues/{name}"
    page = browser.post(f"{path}/rename", seen=seen(browser.get(path)), en="  Full price \n despite coupon ", zh="")
    assert "Renamed." in text(page) and "Full price despite coupon" in text(page)
    renamed = next(i for i in site.world.all(Issue) if i.name == name)
    assert (renamed.title_en, renamed.title_zh) == ("Full price despite coupon", before)
    where, change = undo_form(page)
    assert "Undone." in text(browser.post(where, change=change))
    assert site.world.issue(COUPON).name == name
    assert [e.action for e in site.world.all(AuditEntry) if e.actor == "the product"] == ["renamed", "rename undone"]


def test_a_title_that_stays_as_it_is_is_no_correction(site: Site) -> None:
    browser = prepared(site)
    name, _ = names(site.world)
    page = seen(browser.get(f"/issues/{name}"))
    browser.post(f"/issues/{name}/rename", 400, seen=page, en=site.world.issue(COUPON).title_en, zh=" ")
    assert site.world.all(IssueChange) == []


def test_a_chosen_priority_needs_a_reason_and_can_be_undone(site: Site) -> None:
    browser = prepared(site, "product")
    name, _ = names(site.world)
    path = f"/issues/{name}"
    page = browser.post(f"{path}/priority", 409, seen=seen(browser.get(path)), band="P1", why=" ")
    assert "say why" in text(page)
    browser.post(f"{path}/priority", 400, seen=seen(page), band="P9", why="x")
    page = browser.post(f"{path}/priority", seen=seen(page), band="P1", why="the minister asked")
    assert "The priority is set." in text(page) and "the minister asked" in text(page)
    assert site.world.issue(COUPON).band == "P1"
    where, change = undo_form(page)
    browser.post(where, change=change)
    assert site.world.issue(COUPON).band == ""


def test_merging_leads_to_where_it_goes_on_and_can_be_undone_there(site: Site) -> None:
    browser = prepared(site)
    name, other = names(site.world)
    path = f"/issues/{other}"
    page = browser.post(f"{path}/merge", seen=seen(browser.get(path)), into=f"{name} Coupon shown as available")
    assert "Merged." in text(page) and f"Holds {other}" in text(page)
    assert counts(site.world) == {name: 6, other: 0}
    assert f"{other} was merged into {name}" in text(browser.get(path))
    where, change = undo_form(page)
    assert where == f"{path}/undo"
    browser.post(where, change=change)
    assert counts(site.world) == {name: 4, other: 2}


@pytest.mark.parametrize(
    ("into", "said"),
    [("VOC-99", "no such issue"), ("", "no such issue"), ("<b>", "no such issue"), ("self", "into itself")],
)
def test_merging_into_what_is_not_there(site: Site, into: str, said: str) -> None:
    browser = prepared(site)
    name, _ = names(site.world)
    page = seen(browser.get(f"/issues/{name}"))
    answer = browser.post(f"/issues/{name}/merge", 409, seen=page, into=name if into == "self" else into)
    assert "Nothing was done" in text(answer) and said in text(answer)
    assert site.world.all(IssueChange) == []


def test_single_statements_move_and_come_back(site: Site) -> None:
    browser = prepared(site)
    name, other = names(site.world)
    page = browser.get(f"/issues/{name}")
    chosen = dict.fromkeys(ticks(page)[:2], "on")
    after = browser.post(f"/issues/{name}/move", seen=seen(page), into=other, **chosen)
    assert "Moved." in text(after)
    assert counts(site.world) == {name: 2, other: 4}
    moved = [m for m in site.world.all(Mention) if m.because[-1] == "moved by the analyst"]
    assert {f"m{m.id}" for m in moved} == set(chosen)
    where, change = undo_form(after)
    browser.post(where, change=change)
    assert counts(site.world) == {name: 4, other: 2}
    assert not any("moved" in reason for m in site.world.all(Mention) for reason in m.because)


def test_nothing_is_moved_without_a_tick_or_from_elsewhere(site: Site) -> None:
    browser = prepared(site)
    name, other = names(site.world)
    page, theirs = browser.get(f"/issues/{name}"), ticks(browser.get(f"/issues/{other}"))
    answer = browser.post(f"/issues/{name}/move", 409, seen=seen(page), into=other)
    assert "tick what belongs elsewhere" in text(answer)
    answer = browser.post(f"/issues/{name}/move", 409, seen=seen(page), into=other, **{theirs[0]: "on", "mx": "on"})
    assert "Nothing was done" in text(answer)
    assert counts(site.world) == {name: 4, other: 2}


def test_splitting_is_looked_at_first(site: Site) -> None:
    browser = prepared(site)
    name, _ = names(site.world)
    word = next(m.text for m in site.world.all(Mention) if m.issue_id == site.world.issue(COUPON).id)
    look = browser.get(f"/issues/{name}/split?saying={word}")
    assert f"1 of the 4 in {name} say so" in text(look) and word in text(look)
    assert counts(site.world)[name] == 4  # looking does nothing
    page = browser.post(f"/issues/{name}/split", seen=seen(look), saying=word, title="A part of it")
    assert "This is the new issue." in text(page) and "A part of it" in text(page)
    assert sorted(counts(site.world).values()) == [1, 2, 3]
    where, change = undo_form(browser.get(f"/issues/{name}"))
    browser.post(where, change=change)
    assert counts(site.world)[name] == 4


@pytest.mark.parametrize(("saying", "said"), [("no such words", "nothing that was said"), ("", "nothing")])
def test_splitting_off_nothing(site: Site, saying: str, said: str) -> None:
    browser = prepared(site)
    name, _ = names(site.world)
    look = browser.get(f"/issues/{name}/split?saying={saying}")
    assert f"0 of the 4 in {name}" in text(look)
    assert 'name="title"' not in look
    answer = browser.post(f"/issues/{name}/split", 409, seen=seen(browser.get(f"/issues/{name}")), saying=saying)
    assert said in text(answer)


def test_two_people_correct_at_once_and_the_second_is_told(site: Site) -> None:
    one, two = prepared(site), site.browser("product")
    name, other = names(site.world)
    path = f"/issues/{name}"
    mine, theirs = seen(one.get(path)), seen(two.get(path))
    one.post(f"{path}/rename", seen=mine, en="First")
    answer = two.post(f"{path}/merge", 409, seen=theirs, into=other)
    assert "Somebody corrected this issue after you had opened it" in text(answer) and "First" in text(answer)
    assert counts(site.world) == {name: 4, other: 2}
    two.post(f"{path}/merge", seen=seen(answer), into=other)  # the page that said so is up to date
    late = one.post(f"{path}/rename", 409, seen=mine, en="Third")
    assert f"{name} was merged into {other}" in text(late) and "nothing was done" in text(late)


def test_undo_takes_back_only_what_the_page_showed(site: Site) -> None:
    browser = prepared(site)
    name, _ = names(site.world)
    path = f"/issues/{name}"
    page = browser.post(f"{path}/rename", seen=seen(browser.get(path)), en="First")
    where, old = undo_form(page)
    browser.post(f"{path}/rename", seen=seen(page), en="Second")
    answer = browser.post(where, 409, change=old)
    assert "Second" in text(answer) and site.world.all(IssueChange)[0].undone_at is None
    browser.post(where, 409, change="nonsense")


def test_new_feedback_makes_no_page_stale(site: Site) -> None:
    browser = prepared(site)
    name, _ = names(site.world)
    page = seen(browser.get(f"/issues/{name}"))
    site.world.complain(2, first=40)
    assert "Renamed." in text(browser.post(f"/issues/{name}/rename", seen=page, en="Other"))


@pytest.mark.parametrize("verb", ["rename", "priority", "merge", "move", "split", "undo"])
def test_an_issue_that_is_not_there(site: Site, verb: str) -> None:
    browser = prepared(site)
    assert "There is no VOC-99" in browser.post(f"/issues/VOC-99/{verb}", 404, seen="x", into="VOC-1")


def test_readers_see_no_buttons(site: Site) -> None:
    prepared(site)
    name, _ = names(site.world)
    page = site.browser("executive").get(f"/issues/{name}")
    assert "/rename" not in page and "/merge" not in page and not ticks(page)
    site.browser("executive").get(f"/issues/{name}/split?saying=x", 403)


def test_what_is_chosen_from_is_short_however_many_there_are(site: Site) -> None:
    browser = prepared(site)
    site.world.complain(1, DARK, first=30)
    name, other = names(site.world)
    page = browser.get(f"/issues/{name}")
    assert re.findall(r'<option value="(VOC-\d+) ', page) == [other, site.world.issue(DARK).name]
