"""The first ten minutes of each role in a real browser: both languages, desk and phone, no complaint, nothing cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import LOCALES, SIZES, Shop
from tests.browser.story import CODE
from tests.world import COUPON, CRASH, said
from vocbot.rights import ROLES
from vocbot.store.tables import Approval, Feedback, Issue, Mention

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg onload=alert(3)>"

# what can be pressed or filled in, and lies outside the window, if only within a part that scrolls
OUT_OF_REACH = """[...document.querySelectorAll('main button, main input, main select, main textarea')]
    .filter(e => e.checkVisibility() && e.type !== 'hidden' && e.getBoundingClientRect().right > innerWidth)
    .map(e => e.outerHTML)"""


def pages(shop: Shop) -> dict[str, str]:
    from vocbot.store.approval_list import approval_list

    with shop.world.store.read() as session:
        waiting = [w.token for w in approval_list(session)]
    kinds = {token.partition(":")[0]: f"/approvals/{token}" for token in waiting}
    return {
        "today": "/",
        "issues": "/issues",
        "issue": f"/issues/{shop.world.issue(CODE).name}",
        "split": f"/issues/{shop.world.issue(CODE).name}/split?saying=code",
        "search": "/issues?q=退款",
        "approvals": "/approvals",
        **{f"approval-{kind}": path for kind, path in kinds.items()},
        "undecided": "/undecided",
        "deliveries": "/deliveries",
    }


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("size", SIZES)
def test_every_page_in_both_languages_at_both_sizes(
    shop: Shop, language: str, size: str, keep: Callable[[Any, str], None]
) -> None:
    page = shop.page("admin", language, size)
    there = pages(shop)
    assert {"approval-faq", "approval-ticket", "approval-notice"} <= set(there)
    for name, path in {**there, "users": "/users", "account": "/account"}.items():
        shop.see(page, path)
        assert page.locator("html").get_attribute("lang") == {"en": "en", "zh": "zh-CN"}[language]
        keep(page, f"{name}-{size}-{language}")
        assert page.evaluate(OUT_OF_REACH) == [], name
    page.context.close()


@pytest.mark.parametrize("role", ROLES)
def test_the_first_ten_minutes_of_each_role(shop: Shop, role: str) -> None:
    """Without scripts, from the first page on by what is on the page."""
    page = shop.page(role, "zh" if role in ("marketing", "agent") else "en", "phone", script=False)
    shop_page = shop.url + "/"
    page.goto(shop_page)
    links = [a.get_attribute("href") for a in page.locator("nav a").all()]
    assert ("/users" in links) == (role == "admin")
    for link in links:
        page.goto(shop.url + str(link))
        assert page.locator("h1").count() == 1, link
    page.goto(shop.url + "/issues")
    page.locator("td.about a").first.click()
    assert "/issues/VOC-" in page.url and page.locator("svg.weeks rect").count() == 20
    page.goto(shop.url + "/issues")
    page.fill("#q", "coupon")
    page.locator("form[role=search] button").click()
    assert shop.world.issue(COUPON).name in page.content()
    page.context.close()


def test_the_door_in_a_browser(shop: Shop) -> None:
    shop.page("agent").context.close()  # the account is there
    page = shop.page(None, "en", "phone", script=False)
    page.goto(shop.url + "/issues?kind=wish")
    page.fill("#name", "agent")
    page.fill("#password", "not this one, I think")
    page.click("button.primary")
    assert "do not fit" in page.content()
    page.fill("#password", "correct horse battery")
    page.click("button.primary")
    assert page.url == shop.url + "/issues?kind=wish"
    page.click("button[name=language]")
    assert page.locator("html").get_attribute("lang") == "zh-CN" and page.url == shop.url + "/issues?kind=wish"
    page.click("text=退出")
    page.goto(shop.url + "/")
    assert page.locator("#password").count() == 1
    page.context.close()


def test_one_key_sorts_and_takes_back(shop: Shop) -> None:
    page = shop.page("analyst")
    shop.see(page, "/undecided")
    before = len(shop.world.all(Mention))
    page.keyboard.press("1")
    page.wait_for_selector(".note.good")
    assert len(shop.world.all(Mention)) == before + 1
    page.keyboard.press("u")
    page.wait_for_url("**done=unsorted")
    assert len(shop.world.all(Mention)) == before
    first = page.locator(".said").inner_text()
    page.keyboard.press("s")
    page.wait_for_url("**after=*")
    assert page.locator(".said").inner_text() != first
    page.context.close()


def test_a_lead_approves_by_hand_and_a_colleague_is_late(shop: Shop) -> None:
    path = pages(shop)["approval-faq"]
    lead, admin = shop.page("support_lead", "zh"), shop.page("admin")
    shop.see(lead, path)
    shop.see(admin, path)
    lead.click("button[value=approve]")
    lead.wait_for_url("**/approvals?done=approved")
    admin.click("button[value=approve]")
    admin.wait_for_selector(".note.warn")
    assert "Somebody was faster" in admin.content()
    assert len(shop.world.all(Approval, Approval.token == path.removeprefix("/approvals/"))) == 1
    lead.context.close()
    admin.context.close()


def test_a_lead_edits_what_customers_will_read(shop: Shop) -> None:
    """Without scripts, on a phone; what cannot be sent is said, and what was written stays."""
    page = shop.page("support_lead", "en", "phone", script=False)
    shop.see(page, pages(shop)["approval-notice"])
    page.click("summary")
    assert page.locator("#what_en").get_attribute("placeholder") == "What you described should not happen any more."
    page.fill("#what_en", "Ask li.na@example.com.")
    page.click("button:text-is('Save')")
    assert "personal data" in page.locator(".note.bad").inner_text()
    assert page.locator("#what_en").input_value() == "Ask li.na@example.com."
    page.fill("#what_en", "Refunds are paid every day again.")
    page.click("button:text-is('Save')")
    page.wait_for_selector(".note.good")
    assert page.url.endswith("%3A1?done=edited") or ":1?done=edited" in page.url
    shown = " ".join(page.locator(".document").all_inner_texts())
    assert "We have changed this. Refunds are paid every day again." in shown
    page.context.close()


def test_an_analyst_corrects_by_hand_without_scripts(shop: Shop) -> None:
    """Rename, move, split and merge, each taken back; the page stays in its window on a phone."""
    world, path = shop.world, f"/issues/{shop.world.issue(CODE).name}"
    before = {issue.name: (issue.title_en, issue.mentions) for issue in world.all(Issue)}
    page = shop.page("analyst", "en", "phone", script=False)

    def put_right(button: str, undo: str = "Undo") -> None:
        page.click(f"button:text-is('{button}')")
        page.wait_for_selector(".note.good")
        changed = {issue.name: (issue.title_en, issue.mentions) for issue in world.all(Issue)}
        assert changed != before, button
        if button == "Make it an issue of its own":
            page.goto(shop.url + path)
        page.click(f".held button:text-is('{undo}')")
        page.wait_for_selector(".note.good")
        after = {issue.name: (issue.title_en, issue.mentions) for issue in world.all(Issue)}
        assert {name: after[name] for name in before} == before, button

    shop_page = f"{shop.url}{path}"
    page.goto(shop_page)
    page.fill("#title_en", "Codes do not come")
    put_right("Save the title")
    page.goto(shop_page)
    page.locator(".tick input").first.check()
    page.fill("#move input[name=into]", world.issue(CRASH).name)
    put_right("Move")
    page.goto(shop_page)
    page.fill("#saying", "code")
    page.click("button:text-is('See which')")
    page.wait_for_selector("#title")
    put_right("Make it an issue of its own")
    page.goto(shop_page)
    page.fill("#into", world.issue(CRASH).name)
    put_right("Merge", undo="Take it out again")
    page.context.close()


def test_what_customers_write_never_runs(shop: Shop) -> None:
    world = shop.world
    world.say(f"{said(CRASH)[0]} {EVIL}", "eve", attributes={"version": EVIL, EVIL: EVIL})
    world.say(f"unheard of {EVIL}", "mallory")
    with world.write() as session:
        session.merge(world.issue(CRASH)).title_en = EVIL
    page = shop.page("admin")
    for path in ("/", "/issues", f"/issues/{world.issue(CRASH).name}", "/undecided", f"/issues?q={EVIL}"):
        shop.see(page, path)
        assert page.locator("main script:not([src]), main img").count() == 0
    page.context.close()


def test_a_very_long_word_breaks_and_hebrew_stays_in_its_place(shop: Shop) -> None:
    world = shop.world
    world.say(said(CRASH)[1] + " " + "退" * 900 + "W" * 900, "long")
    world.say("שלום עולם \u202e abc " + "ש" * 400, "right")
    assert len(world.all(Feedback)) > 2
    for size in SIZES:
        page = shop.page("admin", "zh", size)
        shop.see(page, f"/issues/{world.issue(CRASH).name}")
        shop.see(page, "/undecided")
        page.context.close()
