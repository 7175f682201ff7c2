"""The list, one Issue, and the search: numbers, order, words of both languages, and no markup that people wrote."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.site import Site, text
from tests.world import COUPON, CRASH, DARK, World, said
from vocbot.store.audit import append
from vocbot.store.db import Store
from vocbot.store.search import index, issues_with, search, titled
from vocbot.store.tables import Change, Feedback, Issue, Mention, Ticket
from vocbot.web.chart import HEIGHT, WIDTH, spark, weeks_chart

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{7*7}} </title>"


def indexed(world: World) -> None:
    while index(world.store):
        pass


def test_the_list_ranks_and_counts(site: Site) -> None:
    world = site.world
    world.burst(people=6)
    world.complain(2, CRASH)
    world.complain(1, DARK)
    page = site.browser("product").get("/issues")
    names = re.findall(r'href="/issues/(VOC-\d+)"', page)
    assert names == [world.issue(COUPON).name, world.issue(CRASH).name]
    row = text(page.split(world.issue(COUPON).name)[2])
    assert (" 12 " in row and "ticket" in row) or "alarm" in row
    wishes = site.browser("product").get("/issues?kind=wish&sort=people")
    assert re.findall(r'href="/issues/(VOC-\d+)"', wishes) == [world.issue(DARK).name]
    assert "no issue" in text(site.browser("agent").get("/issues?kind=praise")).lower()


@pytest.mark.parametrize("query", ["?kind=x", "?sort=x", "?page=99", "?page=-1", "?page=x"])
def test_odd_addresses_of_the_list(site: Site, query: str) -> None:
    site.world.complain(1)
    answer = site.browser("agent").client.get(f"/issues{query}")
    assert answer.status_code == (404 if query.endswith("page=x") else 200)


def test_one_issue_shows_why_each_item_is_here(site: Site) -> None:
    world = site.world
    world.burst(people=6)
    issue = world.issue()
    page = site.browser("product").get(f"/issues/{issue.name}")
    shown = text(page)
    assert issue.title_en in shown
    mentions = world.all(Mention)
    assert all(m.text in shown for m in mentions[-5:])
    assert all(f"<code>{rule}</code>" in page for rule in mentions[-1].because)
    assert "ticket to be opened" in shown  # the chain of facts
    assert "P-" in shown and "@example.com" not in page


def test_forty_who_were_told_are_one_line(site: Site) -> None:
    world = site.world
    world.burst(people=6)
    issue, now = world.issue(), world.clock.now()
    with world.write() as session:
        for n in range(40):
            append(session, now + timedelta(minutes=n), "vocbot", "told", issue.name, notice=n)
        append(session, now + timedelta(hours=2), "Shen", "renamed", issue.name)
        append(session, now + timedelta(hours=3), "vocbot", "told", issue.name, notice=41)
    page = text(site.browser("agent").get(f"/issues/{issue.name}"))
    assert "customer told ×40" in page and page.count("customer told") == 2
    assert page.index("renamed") < page.index("×40")


def test_weeks_and_changes_are_drawn(site: Site) -> None:
    world = site.world
    world.burst(people=6)
    world.ticket()
    world.finish(version="5.4.1")
    page = site.browser("executive", "zh").get(f"/issues/{world.issue().name}")
    assert world.changes()[0].name in page
    assert page.count('<rect class="bar"') == 20 and 'class="mark"' in page
    assert "style=" not in page and "<script" not in page


def test_a_priority_by_hand_is_shown_as_such(site: Site) -> None:
    world = site.world
    world.complain(2)
    with world.write() as session:
        issue = session.merge(world.issue())
        issue.band, issue.band_by, issue.band_why = "P1", "Li Na", "the <press> asks"
    page = text(site.browser("agent").get("/issues/VOC-1"))
    assert "P1, set by Li Na: the <press> asks. By the formula or the floor it would be P3." in page
    assert "(1 + people a week" in page and "× severity" in page


def test_a_link_to_a_merged_issue_leads_to_where_it_went(site: Site) -> None:
    world = site.world
    world.complain(2)
    world.complain(2, CRASH)
    world.complain(1, DARK)
    one, two, three = world.issue(COUPON), world.issue(CRASH), world.issue(DARK)
    with world.write() as session:
        session.merge(one).merged_into = two.id
        session.merge(two).merged_into = three.id
    page = site.browser("agent").get(f"/issues/{one.name}")
    assert f"{one.name} was merged into {three.name}" in text(page)
    assert "merged" not in text(site.browser("agent").get(f"/issues/{three.name}?merged=<b>VOC-1"))


@pytest.mark.parametrize("name", ["VOC-99", "VOC-", "x", "VOC-1x", "99999999999999", "%3Cscript%3E"])
def test_an_issue_that_is_not_there(site: Site, name: str) -> None:
    page = site.browser("agent").get(f"/issues/{name}", 404)
    assert "There is no" in page and "<script>" not in page


@pytest.mark.parametrize("name", ["voc-1", "1"])
def test_other_spellings_lead_to_the_page(site: Site, name: str) -> None:
    site.world.complain(1)
    assert "VOC-1" in site.browser("agent").get(f"/issues/{name}")


def test_nothing_that_people_wrote_is_markup(site: Site) -> None:
    """Feedback, titles, attributes, ticket keys and addresses, versions, what changed, names of sources."""
    world = site.world
    world.complain(6)
    world.say(f"{said(COUPON)[0]} {EVIL}", "eve", attributes={EVIL: EVIL, "version": EVIL})
    world.take(world.feedback(f"{EVIL} what is this undecided", "mallory"), source='"><script>')
    issue = world.issue()
    with world.write() as session:
        changed = session.merge(issue)
        changed.title_en = changed.title_zh = EVIL
        session.add(
            Ticket(
                issue_id=issue.id or 0,
                generation=1,
                connector="jira",
                key=EVIL,
                url="javascript:alert(3)",
                status="open",
                planned_at=world.clock.now(),
            )
        )
        session.add(Change(issue_id=issue.id, version=EVIL, what_en=EVIL, added_by=EVIL, added_at=world.clock.now()))
    indexed(world)
    browser = site.browser("admin")
    for path in ("/", "/issues", f"/issues/{issue.name}", "/issues?q=alert", "/undecided", "/deliveries"):
        page = browser.get(path)
        assert "<script>alert" not in page and "<img" not in page, path
        assert "javascript:" not in page and "49" not in re.findall(r"\{\{.*?\}\}|49 ", page), path
    found = browser.get("/issues?" + "q=" + "%3Cscript%3E%22%27%3E%3Cimg%20src=x%20onerror=alert(9)%3E")
    assert "<img" not in found and 'value="&lt;script' in found


def test_long_words_and_text_from_right_to_left(site: Site) -> None:
    world = site.world
    world.say(said(COUPON)[0] + " " + "退" * 3000)
    world.say(said(COUPON)[1] + " \u202e\u2066 مرحبا بالعالم", "omar")
    page = site.browser("agent").get("/issues/VOC-1")
    assert "\u202e" not in page and "\u2066" not in page and "مرحبا" in page
    assert 'dir="auto"' in page


@pytest.mark.parametrize(
    "words", ["退款", "refund", "REFUND", "退 款", "慢", "退款慢", "refund 5.4", "ＲＥＦＵＮＤ", "退款 refund"]
)
def test_the_search_finds(each_store: Store, words: str) -> None:
    fill(each_store)
    with each_store.read() as session:
        hits = {hit.feedback.id for hit in search(session, words)}
    wanted = {
        "退款": {1, 3},
        "退 款": {1, 3},
        "慢": {1},
        "退款慢": {1},
        "refund": {2, 3},
        "REFUND": {2, 3},
        "ＲＥＦＵＮＤ": {2, 3},
        "refund 5.4": {2},
        "退款 refund": {3},
    }
    assert hits == wanted[words]


def test_what_is_erased_or_rewritten_is_not_found(each_store: Store) -> None:
    fill(each_store)
    with each_store.write() as session:
        session.delete(session.get_one(Feedback, 1))
        changed = session.get_one(Feedback, 2)
        changed.text = "[gone]"
        session.add(changed)
    with each_store.read() as session:
        assert [hit.feedback.id for hit in search(session, "退款")] == [3]
        assert [hit.feedback.id for hit in search(session, "refund")] == [3]


@pytest.mark.parametrize(
    "words", ["", "   ", "!?", "'\"*():^", "AND", "NEAR(a b)", "a" * 5000, "退" * 300, "x OR y", "\x00"]
)
def test_no_query_is_a_mistake(each_store: Store, words: str) -> None:
    fill(each_store)
    with each_store.read() as session:
        assert search(session, words) == []
        assert issues_with(session, words) == []


def fill(store: Store) -> None:
    texts = ["退款慢，一直没到", "The Refunded amount of 5.4 is wrong", "申请退款 got no refund", "nothing of it"]
    day = date(2026, 11, 3)
    now = datetime(2026, 11, 3, tzinfo=UTC)
    with store.write() as session:
        for n, words in enumerate(texts, 1):
            session.add(
                Feedback(
                    id=n, source="s", external_id=str(n), text=words, time=now, day=day, channel="chat", created_at=now
                )
            )
    while index(store):
        pass
    assert index(store) is False


def test_titles_are_found_in_either_language(site: Site) -> None:
    world = site.world
    world.complain(2)
    world.complain(1, COUPON, "zh", first=9)
    indexed(world)
    issue = world.issue()
    for words in ("优惠券", "coupon", issue.name, "券"):
        page = text(site.browser("agent").get(f"/issues?q={words}"))
        assert issue.name in page, words
    assert "Nothing found" in site.browser("agent").get("/issues?q=zebra")
    assert titled([issue], "") == []


# -- the drawing


@given(st.lists(st.integers(0, 10**6), min_size=0, max_size=60), st.integers(-40, 500))
def test_the_drawing_stays_in_its_box(values: list[int], offset: int) -> None:
    monday = date(2026, 1, 5)
    weeks = [(monday + timedelta(weeks=n), value) for n, value in enumerate(values)]
    chart = weeks_chart(weeks, [("CHANGE-1", monday + timedelta(days=offset))])
    for bar in chart.bars:
        assert bar.x >= 0 and bar.x + bar.width <= WIDTH + 0.2 and 0 <= bar.y <= chart.floor + 0.1
        assert abs(bar.y + bar.height - chart.floor) < 0.2
    assert [b.value for b in chart.bars] == values
    assert len(chart.marks) == (0 <= offset < 7 * len(values))
    heights = {b.value: b.height for b in chart.bars}
    assert all(heights[a] <= heights[b] for a in heights for b in heights if a <= b)
    assert chart.lines[-1][1] >= max(values, default=0)
    for point in spark(weeks).split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= 84 and 0 <= y <= HEIGHT


def test_an_issue_is_what_the_list_says(site: Site) -> None:
    site.world.complain(3)
    assert [i.people for i in site.world.all(Issue)] == [3]
