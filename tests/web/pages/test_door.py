"""Who comes in, and who does not: passwords, sessions, forms of strangers, addresses that lead elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from sqlmodel import select

from tests.web.site import PASSWORD, Site, text
from tests.world import World
from vocbot.sdk.clock import RealClock
from vocbot.store import users
from vocbot.store.tables import AuditEntry, SignIn, User
from vocbot.web.desk import local
from vocbot.web.limiter import PER_ADDRESS, PER_NAME, Limiter


def door(client: httpx.Client, next_: str = "/") -> str:
    """Open the form; its hidden word."""
    page = client.get("/sign-in", params={"next": next_})
    found = re.search(r'name="door" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def enter(client: httpx.Client, name: str, password: str, next_: str = "/", **more: str) -> httpx.Response:
    return client.post(
        "/sign-in", data={"door": door(client, next_), "name": name, "password": password, "next": next_, **more}
    )


def test_the_right_password_opens_and_the_wrong_one_does_not(site: Site) -> None:
    site.user("analyst")
    client = site.guest()
    wrong = enter(client, "the analyst", "not this one at all")
    assert (wrong.status_code, site.console.cookie in client.cookies) == (403, False)
    assert "do not fit" in wrong.text
    nobody = enter(client, "nobody", PASSWORD)
    assert text(nobody.text).replace("nobody", "") == text(wrong.text).replace("the analyst", "")
    right = enter(client, "THE Analyst ", PASSWORD, "/account")
    assert (right.status_code, right.headers["location"]) == (303, "/account")
    assert "the analyst" in client.get("/account").text


def test_pages_are_closed_and_lead_back_after_the_door(site: Site) -> None:
    client = site.guest()
    for path in ("/", "/account", "/users?x=1"):
        page = client.get(path)
        assert (page.status_code, "Sign in" in page.text) == (200, True)
        assert f'name="next" value="{path}"' in page.text
    for path in ("/sign-out", "/users", "/account/password", "/users/1/disable"):
        assert client.post(path, data={"back": "/account"}).status_code == 401


def test_a_session_that_was_planted_is_worth_nothing(site: Site) -> None:
    """Session fixation: the token after the door is a new one, and the one before it opens nothing."""
    site.user("analyst")
    client = site.guest()
    client.cookies.set(site.console.cookie, "planted-by-somebody")
    enter(client, "the analyst", PASSWORD)
    after = [c.value for c in client.cookies.jar if c.name == site.console.cookie and c.value != "planted-by-somebody"]
    assert len(after) == 1
    other = site.guest()
    other.cookies.set(site.console.cookie, "planted-by-somebody")
    assert 'name="door"' in other.get("/").text


def test_a_new_sign_in_ends_the_one_before(site: Site) -> None:
    site.user("analyst")
    client = site.guest()
    enter(client, "the analyst", PASSWORD)
    old = client.cookies[site.console.cookie]
    enter_again = client.post(
        "/sign-in",
        data={"door": door_of_signed_in(client, site), "name": "the analyst", "password": PASSWORD, "next": "/"},
    )
    assert enter_again.status_code == 303
    stale = site.guest()
    stale.cookies.set(site.console.cookie, old)
    assert 'name="door"' in stale.get("/").text


def door_of_signed_in(client: httpx.Client, site: Site) -> str:
    client.cookies.set(site.console.door_cookie, "word")
    return "word"


def test_cookies_cannot_be_read_by_scripts_nor_sent_by_others(world: World, open_site: Callable[..., Site]) -> None:
    for url, secure in (("http://127.0.0.1:8080", False), ("https://voc.example.com", True)):
        site = open_site(world, public_url=url)
        site.known.clear()
        with world.write() as session:
            for user in session.exec(select(User)):
                session.delete(user)
        site.user("analyst")
        client = site.guest()
        word = re.search(r'name="door" value="([^"]+)"', client.get("/sign-in").text)
        assert word
        sent = {"door": word[1], "name": "the analyst", "password": PASSWORD}
        answer = client.post("/sign-in", data=sent, headers={"cookie": f"{site.console.door_cookie}={word[1]}"})
        cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(site.console.cookie + "="))
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
        assert ("Secure" in cookie, cookie.startswith("__Host-")) == (secure, secure)
        assert ("strict-transport-security" in answer.headers) is secure
        with world.write() as session:
            users.sign_out_everywhere(session, session.exec(select(User)).one())


def test_sessions_end_by_idleness_by_age_and_by_hand(site: Site) -> None:
    now = RealClock().now()
    cases = {"idle": (now, now - users.IDLE), "old": (now - users.LONGEST, now)}
    for begun, seen in cases.values():
        browser = site.browser("agent")
        browser.get("/")
        with site.world.write() as session:
            (row,) = session.exec(select(SignIn)).all()
            row.begun_at, row.seen_at = begun - timedelta(seconds=1), seen - timedelta(seconds=1)
            session.add(row)
        assert 'name="door"' in browser.get("/")
        with site.world.write() as session:
            session.delete(session.exec(select(SignIn)).one())
    browser = site.browser("agent")
    browser.post("/sign-out")
    assert 'name="door"' in browser.get("/")
    assert site.world.all(SignIn) == []


def test_a_page_keeps_a_session_alive(site: Site) -> None:
    browser = site.browser("agent")
    before = RealClock().now() - timedelta(hours=1)
    with site.world.write() as session:
        row = session.exec(select(SignIn)).one()
        row.seen_at = before
        session.add(row)
    browser.get("/")
    assert site.world.all(SignIn)[0].seen_at > before + timedelta(minutes=50)


def test_whoever_is_disabled_is_out_at_once(site: Site) -> None:
    browser = site.browser("agent")
    with site.world.write() as session:
        user = users.find_user(session, "the agent")
        assert user is not None
        user.disabled_at = RealClock().now()
        session.add(user)
    assert 'name="door"' in browser.get("/")
    assert enter(site.guest(), "the agent", PASSWORD).status_code == 403


@pytest.mark.parametrize("token", ["", "wrong", None])
def test_a_form_without_our_token_does_nothing(site: Site, token: str | None) -> None:
    browser = site.browser("admin")
    sent = {"name": "Mallory", "role": "admin"} | ({"csrf": token} if token is not None else {})
    answer = browser.client.post("/users", data=sent)
    assert answer.status_code == 403
    assert "run out" in answer.text
    assert [u.name for u in site.world.all(User)] == ["the admin"]


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}],
)
def test_a_form_from_elsewhere_does_nothing(site: Site, headers: dict[str, str]) -> None:
    browser = site.browser("admin")
    sent = {"csrf": browser.csrf(), "name": "Mallory", "role": "admin"}
    assert browser.client.post("/users", data=sent, headers=headers).status_code == 403
    client = site.guest()
    assert client.post("/language", data={"language": "zh"}, headers=headers).status_code == 400
    credentials = {"door": door(client), "name": "the admin", "password": PASSWORD}
    assert client.post("/sign-in", data=credentials, headers=headers).status_code == 403
    assert [u.name for u in site.world.all(User)] == ["the admin"]


def test_one_browsers_token_is_worth_nothing_in_another(site: Site) -> None:
    one, other = site.browser("admin"), site.browser("admin")
    assert one.csrf() != other.csrf()
    sent = {"csrf": one.csrf(), "name": "Mallory", "role": "admin"}
    assert other.client.post("/users", data=sent).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "javascript:alert(1)",
        "/a\r\nset-cookie: x=y",
        "/\t/evil.example",
        "",
        "evil",
        "///evil.example/x",
        "/..//evil.example\\",
    ],
)
def test_nobody_is_sent_elsewhere(site: Site, path: str) -> None:
    assert local(path) == "/"
    site.user("agent")
    assert enter(site.guest(), "the agent", PASSWORD, path).headers["location"] == "/"
    assert site.guest().post("/language", data={"language": "zh", "back": path}).headers["location"] == "/"


@pytest.mark.parametrize("path", ["/", "/issues/VOC-4?x=%2F%2F", "/a//b", "/issues?q=退款"])
def test_our_own_pages_are_reached(path: str) -> None:
    assert local(path) == path


def test_a_name_has_to_wait_after_many_wrong_passwords(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.user("agent")
    client, tried = site.guest(), []
    real = users.right_password
    monkeypatch.setattr(users, "right_password", lambda u, p: tried.append(p) or real(u, p) if not tried else False)
    for _ in range(PER_NAME):
        assert enter(client, "the agent", "wrong password").status_code == 403
    answer = enter(client, "The AGENT", PASSWORD)
    assert (answer.status_code, "Too many" in answer.text) == (429, True)
    assert 0 < int(answer.headers["retry-after"]) <= 900


def test_the_limiter() -> None:
    now = 0.0
    limiter = Limiter(lambda: now)
    for _ in range(PER_NAME - 1):
        limiter.failed("li", "1.1.1.1")
    assert limiter.wait("li", "1.1.1.1") == 0
    limiter.failed("li", "2.2.2.2")
    assert limiter.wait("li", "3.3.3.3") == 900  # whoever it is
    assert limiter.wait("na", "1.1.1.1") == 0
    now = 899.0
    assert limiter.wait("li", "3.3.3.3") == 1
    now = 900.5
    assert limiter.wait("li", "3.3.3.3") == 0
    for n in range(PER_ADDRESS):
        limiter.failed(f"name{n}", "9.9.9.9")
    assert limiter.wait("another", "9.9.9.9") == 900
    limiter.succeeded("name1")
    for _ in range(PER_NAME):
        limiter.failed("li", "4.4.4.4")
    limiter.succeeded("li")
    assert limiter.wait("li", "4.4.4.4") == 0


def test_a_password_is_changed_by_whoever_knows_it(site: Site) -> None:
    browser, elsewhere = site.browser("agent"), site.browser("agent")
    assert "not your present" in browser.post("/account/password", 403, old="no no no no", new="a new long one")
    assert "10 to 200" in browser.post("/account/password", 400, old=PASSWORD, new="short")
    assert "changed" in browser.post("/account/password", old=PASSWORD, new="a new long one")
    assert 'name="door"' in elsewhere.get("/")
    assert "the agent" in browser.get("/account")
    assert enter(site.guest(), "the agent", PASSWORD).status_code == 403
    assert enter(site.guest(), "the agent", "a new long one").status_code == 303
    assert "password changed" in [e.action for e in site.world.all(AuditEntry)]


def test_the_language_is_remembered(site: Site) -> None:
    client = site.guest(**{"accept-language": "zh-CN,zh;q=0.9"})
    assert "登录" in client.get("/sign-in").text
    client.post("/language", data={"language": "en", "back": "/sign-in"})
    assert "Sign in" in client.get("/sign-in").text
    assert client.post("/language", data={"language": "de"}).status_code == 400
    browser = site.browser("agent")
    browser.client.post("/language", data={"language": "zh", "back": "/account"})
    assert site.world.all(User)[0].language == "zh"
    other = site.browser("agent")  # another browser, which asks for English
    assert "退出" in other.get("/")
