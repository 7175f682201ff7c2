"""Accounts: administrators alone make and change them, and one of them always stays."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from tests.web.pages.test_door import enter
from tests.web.site import Site, text
from vocbot.cli import app
from vocbot.rights import ROLES
from vocbot.sdk.clock import RealClock
from vocbot.sdk.errors import VocbotError
from vocbot.store import users
from vocbot.store.db import Store
from vocbot.store.tables import AuditEntry, User


def secret(page: str) -> str:
    found = re.search(r'class="secret">([^<]+)<', page)
    assert found, text(page)
    return found[1]


def test_an_administrator_adds_a_colleague_who_comes_in(site: Site) -> None:
    admin = site.browser("admin")
    password = secret(admin.post("/users", name="李 娜", role="support_lead"))
    assert password not in admin.get("/users")
    assert enter(site.guest(), "李 娜", password).status_code == 303
    added = site.world.all(AuditEntry)[-1]
    assert (added.actor, added.action, added.subject) == ("the admin", "user added", "李 娜")
    assert password not in str(added.detail)
    assert password not in site.world.all(User)[-1].password


def test_what_cannot_be_an_account_is_refused(site: Site) -> None:
    admin = site.browser("admin")
    for name, role in (("", "agent"), ("x" * 61, "agent"), ("a\x07b", "agent"), ("THE ADMIN", "agent"), ("Li", "king")):
        page = admin.post("/users", 400, name=name, role=role)
        assert 'role="alert"' in page
    assert len(site.world.all(User)) == 1


def test_roles_passwords_and_closing(site: Site) -> None:
    admin, agent = site.browser("admin"), site.browser("agent")
    ident = next(u.id for u in site.world.all(User) if u.role == "agent")
    admin.post(f"/users/{ident}/role", role="analyst")
    assert "VoC analyst" in agent.get("/account")
    password = secret(admin.post(f"/users/{ident}/password"))
    assert 'name="door"' in agent.get("/")
    assert enter(site.guest(), "the agent", password).status_code == 303
    admin.post(f"/users/{ident}/disable")
    assert enter(site.guest(), "the agent", password).status_code == 403
    admin.post(f"/users/{ident}/enable")
    assert enter(site.guest(), "the agent", password).status_code == 303
    admin.post(f"/users/{ident}/nothing", 404)
    admin.post("/users/99/disable", 404)


def test_the_last_administrator_stays(site: Site) -> None:
    admin = site.browser("admin")
    (user,) = site.world.all(User)
    for verb, form in (("disable", {}), ("role", {"role": "agent"})):
        assert "only administrator" in admin.post(f"/users/{user.id}/{verb}", 400, **form)
    assert (site.world.all(User)[0].role, site.world.all(User)[0].disabled_at) == ("admin", None)


@pytest.mark.parametrize("role", [r for r in ROLES if r != "admin"])
def test_nobody_else_manages_accounts(site: Site, role: str) -> None:
    browser = site.browser(role)
    assert "/users" not in browser.get("/")
    assert "Not in your role" in browser.get("/users", 403)
    browser.post("/users", 403, name="Mallory", role="admin")
    for verb in ("role", "password", "disable", "enable"):
        browser.post(f"/users/1/{verb}", 403, role="admin")
    assert [(u.role, u.disabled_at) for u in site.world.all(User)] == [(role, None)]


def test_the_first_administrator_is_made_once(each_store: Store) -> None:
    now = RealClock().now()
    with each_store.write() as session:
        made = users.first_administrator(session, now)
    assert made is not None
    name, password = made
    with each_store.write() as session:
        assert users.first_administrator(session, now) is None
        user = users.find_user(session, name)
        assert user is not None
        assert (user.role, users.right_password(user, password), password in user.password) == ("admin", True, False)
    assert len({users.new_password() for _ in range(50)}) == 50


def test_sessions_on_both_databases(each_store: Store) -> None:
    now = RealClock().now()
    with each_store.write() as session:
        user = users.add_user(session, "Li Na", "agent", "x", "me", now)
        session.flush()
        token = users.sign_in(session, user, now)
        old = users.sign_in(session, user, now - users.LONGEST * 2)
    with each_store.write() as session:
        found = users.visitor(session, token, now)
        assert found is not None and found.user.name == "Li Na"
        assert users.visitor(session, old, now) is None
        users.sign_in(session, user, now)
        assert users.visitor(session, old, now - users.LONGEST * 2) is None  # cleared away
        users.sign_out(session, token)
        assert users.visitor(session, token, now) is None
        with pytest.raises(VocbotError, match="already"):
            users.add_user(session, "ｌｉ ＮＡ", "agent", "x", "me", now)


def test_the_verbs(tmp_path: object, monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    monkeypatch.chdir(folder)
    (folder / "vocbot.yaml").write_text(f"store: {{url: '{sqlite_url}', key: 'file:{folder}/key'}}\n")
    run = CliRunner().invoke
    added = run(app, ["user", "add", "Li Na", "--role", "analyst", "--by", "me"])
    assert added.exit_code == 0 and re.match(r"Li Na \(analyst\): \S{23}\n", added.output), added.output
    assert "Li Na\tanalyst" in run(app, ["user", "list"]).output
    again = run(app, ["user", "password", "li na"])
    assert again.exit_code == 0 and again.output != added.output
    assert run(app, ["user", "disable", "Li Na"]).exit_code == 0
    assert '"disabled": true' in run(app, ["user", "list", "--json"]).output
    for words in (["add", "Li Na", "--role", "agent"], ["add", "X", "--role", "king"], ["password", "nobody"]):
        failed = run(app, ["user", *words])
        assert isinstance(failed.exception, VocbotError), words
