"""Coming in and going out: sign-in with rotated sessions, sign-out, the language, one's own password."""

from __future__ import annotations

import math
import secrets
from hmac import compare_digest
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from vocbot.sdk.clock import RealClock
from vocbot.sdk.errors import VocbotError
from vocbot.store import users
from vocbot.web.desk import LANGUAGE, Console, Reading, Writing, fields, local, same_site, signed_in, the_console
from vocbot.web.refusals import Refused, SignedOut

router = APIRouter()
Form = Annotated[dict[str, str], Depends(fields)]


@router.get("/sign-in")
def door(request: Request, next: str = "/") -> Response:
    """The form; whoever is signed in goes on."""
    try:
        signed_in(request)
    except SignedOut:
        return form(request, the_console(request), next)
    return RedirectResponse(local(next), 303)


def form(
    request: Request, console: Console, back: str, said: str = "", status: int = 200, name: str = "", minutes: int = 0
) -> Response:
    """The sign-in form. A random word stands in the form and in a cookie: nobody else's page can send it."""
    word = request.cookies.get(console.door_cookie, "") or secrets.token_urlsafe(24)
    page: Response = console.page(
        request, "sign_in.html", status, door=word, back=local(back), said=said, name=name, minutes=minutes
    )
    _cookie(console, page, console.door_cookie, word)
    return page


@router.post("/sign-in")
def come_in(request: Request, given: Form) -> Response:
    """Check the password; a new token for every sign-in, so that one that was planted before is worth nothing."""
    console = the_console(request)
    back, name = given.get("next", "/"), given.get("name", "")[: users.LONGEST_NAME]
    door_word = request.cookies.get(console.door_cookie, "")
    if not door_word or not compare_digest(door_word, given.get("door", "")) or not same_site(request, console):
        return form(request, console, back, "door_stale", 403, name)
    key, address = users.folded(name), request.client.host if request.client else ""
    wait = console.limiter.wait(key, address)
    if wait:
        page = form(request, console, back, "door_wait", 429, name, minutes=math.ceil(wait / 60))
        page.headers["retry-after"] = str(math.ceil(wait))
        return page
    store, now = console.opened.store, RealClock().now()
    with store.read() as session:
        user = users.find_user(session, name)
    if not users.right_password(user, given.get("password", "")) or user is None:
        console.limiter.failed(key, address)
        return form(request, console, back, "door_wrong", 403, name)
    console.limiter.succeeded(key)
    with store.write() as session:
        users.sign_out(session, request.cookies.get(console.cookie, ""))
        token = users.sign_in(session, user, now)
    answer = RedirectResponse(local(back), 303)
    _cookie(console, answer, console.cookie, token)
    answer.delete_cookie(console.door_cookie, path="/", secure=console.secure, httponly=True, samesite="lax")
    return answer


@router.post("/sign-out")
def go_out(desk: Writing) -> Response:
    """End this sign-in."""
    with desk.console.opened.store.write() as session:
        users.sign_out(session, desk.request.cookies.get(desk.console.cookie, ""))
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(desk.console.cookie, path="/", secure=desk.console.secure, httponly=True, samesite="lax")
    return answer


@router.post("/language")
def choose_language(request: Request, given: Form) -> Response:
    """Chinese or English, for this browser and for the account. No more than words change: it needs no token."""
    console, language = the_console(request), given.get("language", "")
    if language not in ("zh", "en") or not same_site(request, console):
        raise Refused(400, "bad_form")
    answer = RedirectResponse(local(given.get("back", "/")), 303)
    answer.set_cookie(LANGUAGE, language, 31_536_000, secure=console.secure, httponly=True, samesite="lax")
    try:
        user = signed_in(request).user
    except SignedOut:
        return answer
    with console.opened.store.write() as session:
        user.language = language
        session.merge(user)
    return answer


@router.get("/account")
def account(desk: Reading, done: str = "") -> Response:
    """One's own name, role and password."""
    return desk.page("account.html", done=done, problem="")


@router.post("/account/password")
def change_password(desk: Writing) -> Response:
    """A new password: everywhere else one is signed out, and this browser gets a new token."""
    console = desk.console
    old, new = desk.form.get("old", ""), desk.form.get("new", "")
    key, address = desk.user.folded, desk.request.client.host if desk.request.client else ""
    if console.limiter.wait(key, address) or not users.right_password(desk.user, old):
        console.limiter.failed(key, address)
        return desk.page("account.html", 403, done="", problem="password_wrong")
    try:
        digest = users.hashed(new)
    except VocbotError:
        return desk.page("account.html", 400, done="", problem="password_length")
    now = RealClock().now()
    with console.opened.store.write() as session:
        user = session.merge(desk.user)
        users.set_password(session, user, digest, user.name, now)
        token = users.sign_in(session, user, now)
    answer = desk.done("/account", "password_changed")
    _cookie(console, answer, console.cookie, token)
    return answer


def _cookie(console: Console, answer: Response, name: str, value: str) -> None:
    answer.set_cookie(name, value, path="/", secure=console.secure, httponly=True, samesite="lax")
