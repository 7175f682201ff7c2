"""Accounts of colleagues, for administrators: add, change the role, disable, give a new password."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response
from sqlmodel import Session, col, select

from vocbot.rights import ROLES
from vocbot.sdk.clock import RealClock
from vocbot.sdk.errors import VocbotError
from vocbot.store import users
from vocbot.store.tables import User
from vocbot.web.desk import Desk, Reading, Writing
from vocbot.web.refusals import Refused

router = APIRouter()


@router.get("/users")
def all_users(desk: Reading, done: str = "") -> Response:
    """Everybody who has an account."""
    desk.require("manage users")
    return _page(desk, done=done)


@router.post("/users")
def add(desk: Writing) -> Response:
    """Add an account; its password is shown once, on the page that answers."""
    desk.require("manage users")
    name, role, password = desk.form.get("name", ""), desk.form.get("role", ""), users.new_password()
    digest = users.hashed(password)
    try:
        with desk.console.opened.store.write() as session:
            users.add_user(session, name, role, digest, desk.user.name, RealClock().now())
    except VocbotError as error:
        return _page(desk, 400, problem=str(error))
    return _page(desk, new=(name.strip(), password))


@router.post("/users/{ident}/{verb}")
def change(desk: Writing, ident: int, verb: str) -> Response:
    """Another role, a new password, in or out."""
    desk.require("manage users")
    now, by, password = RealClock().now(), desk.user.name, ""
    if verb == "password":
        password = users.new_password()
        digest = users.hashed(password)
    try:
        with desk.console.opened.store.write() as session:
            user = session.get(User, ident)
            if user is None:
                raise Refused(404, "no_page")
            match verb:
                case "role":
                    users.change_role(session, user, desk.form.get("role", ""), by, now)
                case "disable":
                    users.disable(session, user, by, now)
                case "enable":
                    users.enable(session, user, by, now)
                case "password":
                    users.set_password(session, user, digest, by, now)
                case _:
                    raise Refused(404, "no_page")
            name = user.name
    except VocbotError as error:
        return _page(desk, 400, problem=str(error))
    return _page(desk, new=(name, password)) if password else desk.done("/users", "saved")


def _page(
    desk: Desk, status: int = 200, done: str = "", problem: str = "", new: tuple[str, str] | None = None
) -> Response:
    with desk.console.opened.store.read() as session:
        listed = _listed(session)
    return desk.page("users.html", status, listed=listed, roles=ROLES, done=done, problem=problem, new=new)


def _listed(session: Session) -> list[User]:
    return list(session.exec(select(User).order_by(col(User.disabled_at).is_not(None), col(User.folded))).all())
