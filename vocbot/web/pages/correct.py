"""Correcting one Issue by hand: merge, split, rename, priority, move single statements, and undo.

A form says which corrections its page knew of: where somebody has corrected meanwhile, nothing is done and the page as
it is now is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlmodel import Session

from vocbot.sdk.errors import VocbotError
from vocbot.store.issue_page import shape
from vocbot.store.tables import Issue
from vocbot.store.why import find_issue
from vocbot.web.desk import Desk, Reading, Writing, number
from vocbot.web.pages.issue import show
from vocbot.web.refusals import Refused

router = APIRouter()
LONGEST_TITLE = 120
BANDS = ("P1", "P2", "P3", "P4")
SHOWN = 20  # statements of a part that is to be split off

Act = Callable[[Session, Issue, datetime], str]  # returns where to go on


@router.post("/issues/{name}/rename")
def rename(desk: Writing, name: str) -> Response:
    """Give the Issue another title, in one language or both."""
    from vocbot.understand import correct

    zh, en = (_line(desk, language) for language in ("zh", "en"))

    def act(session: Session, issue: Issue, now: datetime) -> str:
        if not (zh or en) or (zh or issue.title_zh, en or issue.title_en) == (issue.title_zh, issue.title_en):
            raise Refused(400, "bad_form")
        correct.rename(session, issue, zh, en, desk.user.name, now)
        return issue.name

    return _correct(desk, name, act, "renamed")


@router.post("/issues/{name}/priority")
def priority(desk: Writing, name: str) -> Response:
    """Choose the priority, with the reason that the ticket shows; or leave it to the formula again."""
    from vocbot.understand import correct

    band, why = desk.form.get("band", ""), _line(desk, "why")
    if band not in ("", *BANDS):
        raise Refused(400, "bad_form")

    def act(session: Session, issue: Issue, now: datetime) -> str:
        if band and not why:
            raise _Not("correct_why")
        if band != issue.band:
            correct.prioritise(session, issue, band, why, desk.user.name, now)
        return issue.name

    return _correct(desk, name, act, "prioritised")


@router.post("/issues/{name}/merge")
def merge(desk: Writing, name: str) -> Response:
    """Make the Issue part of another one, on whose page it goes on."""
    from vocbot.understand import correct

    def act(session: Session, issue: Issue, now: datetime) -> str:
        into = _target(session, desk)
        correct.merge(session, issue, into, desk.user.name, now)
        return into.name

    return _correct(desk, name, act, "merged")


@router.post("/issues/{name}/move")
def move(desk: Writing, name: str) -> Response:
    """Put the ticked statements into another Issue."""
    from vocbot.understand import correct

    ticked = [ident for field in desk.form if field.startswith("m") and (ident := number(field[1:])) is not None]

    def act(session: Session, issue: Issue, now: datetime) -> str:
        if not ticked:
            raise _Not("correct_none")
        correct.move(session, issue, ticked, _target(session, desk), desk.user.name, now)
        return issue.name

    return _correct(desk, name, act, "moved")


@router.get("/issues/{name}/split")
def look_before_splitting(desk: Reading, name: str, saying: str = "") -> Response:
    """What would become an Issue of its own: how many, and the latest of them."""
    from vocbot.understand import correct

    desk.require("correct")
    with desk.console.opened.store.read() as session:
        issue = _found(session, name)
        said = correct.saying_so(session, issue, saying)
        facts: dict[str, Any] = {
            "seen": shape(session, issue),
            "count": len(said),
            "said": said[: -SHOWN - 1 : -1],
        }
    return desk.page("split.html", issue=issue, saying=saying.strip()[:LONGEST_TITLE], **facts)


@router.post("/issues/{name}/split")
def split(desk: Writing, name: str) -> Response:
    """Make an Issue of its own of what was said in these words."""
    from vocbot.understand import correct

    def act(session: Session, issue: Issue, now: datetime) -> str:
        title, saying = _line(desk, "title"), _line(desk, "saying")
        return correct.split(session, issue, saying, title, desk.user.name, now).name

    return _correct(desk, name, act, "split")


@router.post("/issues/{name}/undo")
def undo(desk: Writing, name: str) -> Response:
    """Take back the latest correction of an Issue, if it is the one that the page showed."""
    from vocbot.understand import correct

    def act(session: Session, issue: Issue, now: datetime) -> str:
        standing = correct.latest_standing(session, issue)
        if standing is None or standing.id != number(desk.form.get("change", "")):
            raise _Not("correct_changed")
        correct.undo(session, issue, desk.user.name, now)
        return issue.name

    return _correct(desk, name, act, "undone", merged=True)


class _Not(Exception):
    """Nothing was done: `key` names the sentence, `why` fills it."""

    def __init__(self, key: str, why: str = "") -> None:
        self.key, self.why = key, why


def _correct(desk: Desk, name: str, act: Act, done: str, merged: bool = False) -> Response:
    """Carry out a correction whose page was up to date. A merged Issue can only be taken out again (`merged`)."""
    desk.require("correct")
    opened = desk.console.opened
    try:
        with opened.store.write(lock="drain") as session:
            issue = _found(session, name)
            if not merged and (issue.merged_into is not None or shape(session, issue) != desk.form.get("seen")):
                raise _Not("correct_changed")
            shown = act(session, issue, opened.clock.now())
    except _Not as refused:
        return show(desk, name, status=409, problem=refused.key)
    except VocbotError as refused:
        return show(desk, name, status=409, problem="correct_refused", why=str(refused))
    desk.console.shared.forget()
    return desk.done(f"/issues/{shown}", done)


def _found(session: Session, name: str) -> Issue:
    issue = find_issue(session, name)
    if issue is None:
        raise Refused(404, "no_issue", name=name[:40])
    return issue


def _target(session: Session, desk: Desk) -> Issue:
    """The Issue named in the form, by itself or at the beginning of what a list offered."""
    word = desk.form.get("into", "").strip().partition(" ")[0]
    found = find_issue(session, word)
    if found is None:
        raise _Not("correct_nowhere")
    return found


def _line(desk: Desk, field: str) -> str:
    """A field as one line of printable text."""
    text = " ".join(desk.form.get(field, "").split())
    return "".join(c for c in text if c.isprintable())[:LONGEST_TITLE]
