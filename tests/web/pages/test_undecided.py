"""The pile: one button sorts, the numbers follow, and it can be taken back."""

from __future__ import annotations

import re

from tests.web.site import Browser, Site, text
from tests.world import COUPON, CRASH, World
from vocbot.store.tables import AuditEntry, Feedback, Issue, IssueDay, Mention

PARROT = "the parrot has learnt to whistle at the checkout"


def waiting(world: World) -> Feedback:
    return next(f for f in world.all(Feedback) if f.text == PARROT)


def prepared(site: Site) -> Browser:
    site.world.complain(3)
    site.world.complain(1, CRASH, first=5)
    site.world.say(PARROT, "polly")
    return site.browser("analyst")


def offered(page: str) -> list[str]:
    return re.findall(r'name="to" value="(VOC-\d+)" accesskey', page)


def numbers(world: World, name: str = COUPON) -> tuple[int, int, list[int]]:
    issue = world.issue(name)
    return issue.mentions, issue.people, [d.mentions for d in world.all(IssueDay) if d.issue_id == issue.id]


def test_a_button_sorts_and_the_numbers_follow(site: Site) -> None:
    browser = prepared(site)
    page = browser.get("/undecided")
    assert PARROT in page and "waiting: 1" in page
    issue = site.world.issue()
    assert issue.name in offered(page)
    feedback = waiting(site.world)
    after = browser.post(f"/undecided/{feedback.id}", to=issue.name)
    assert "The pile is empty" in text(after)
    assert numbers(site.world) == (4, 4, [4])
    mention = site.world.all(Mention)[-1]
    assert (mention.text, mention.because) == (PARROT, ["sorted by the analyst"])
    assert waiting(site.world).bucket == "issue"
    assert "sorted by the analyst" in browser.get(f"/issues/{issue.name}")
    undo = re.search(r'action="(/undecided/\d+)"', after)
    assert undo
    browser.post(undo[1], to="back")
    assert numbers(site.world) == (3, 3, [3])
    assert waiting(site.world).bucket == "undecided"
    actions = [e.action for e in site.world.all(AuditEntry) if e.actor == "the analyst"]
    assert actions == ["sorted", "unsorted"]


def test_setting_aside_and_taking_back(site: Site) -> None:
    browser = prepared(site)
    feedback = waiting(site.world)
    browser.post(f"/undecided/{feedback.id}", to="nothing")
    assert waiting(site.world).bucket == "empty"
    browser.post(f"/undecided/{feedback.id}", to="back")
    assert waiting(site.world).bucket == "undecided"


def test_two_at_once_and_what_a_rule_sorted(site: Site) -> None:
    browser = prepared(site)
    feedback = waiting(site.world)
    browser.post(f"/undecided/{feedback.id}", to=site.world.issue(CRASH).name)
    assert "Somebody was faster" in browser.post(f"/undecided/{feedback.id}", to=site.world.issue().name)
    assert len([m for m in site.world.all(Mention) if m.feedback_id == feedback.id]) == 1
    by_rule = site.world.all(Mention)[0]
    assert "Somebody was faster" in browser.post(f"/undecided/{by_rule.feedback_id}", to="back")
    assert numbers(site.world) == (3, 3, [3])


def test_odd_choices(site: Site) -> None:
    browser = prepared(site)
    feedback = waiting(site.world)
    for to, status in (("VOC-99", 400), ("", 400), ("<b>", 400)):
        browser.post(f"/undecided/{feedback.id}", status, to=to)
    browser.post("/undecided/999", 404, to="nothing")
    merged = site.world.issue(CRASH)
    with site.world.write() as session:
        session.merge(merged).merged_into = site.world.issue().id
    assert "Somebody was faster" in browser.post(f"/undecided/{feedback.id}", to=merged.name)
    assert waiting(site.world).bucket == "undecided"


def test_skipping_goes_on_to_the_next(site: Site) -> None:
    browser = prepared(site)
    site.world.say("the kettle sings of the sea", "kim")
    first = browser.get("/undecided")
    skip = re.search(r'href="(/undecided\?after=\d+)"', first)
    assert skip
    second = browser.get(skip[1])
    assert ("kettle" in first) != ("kettle" in second) and ("parrot" in first) != ("parrot" in second)
    last = re.search(r'href="(/undecided\?after=\d+)"', second)
    assert last and "The pile is empty" in browser.get(last[1])


def test_words_of_a_title_come_first(site: Site) -> None:
    browser = prepared(site)
    with site.world.write() as session:
        session.add(
            Issue(
                number=77,
                title_en="A parrot whistles",
                title_zh="鹦鹉吹口哨",
                first_seen=site.world.clock.now(),
                last_seen=site.world.clock.now(),
            )
        )
    assert offered(browser.get("/undecided"))[0] == "VOC-77"
