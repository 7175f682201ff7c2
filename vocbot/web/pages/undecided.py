"""The undecided pile, one at a time: a digit sorts it into an Issue, 0 sets it aside, s skips, u takes back.

The keys are access keys of buttons; the page's small script lets them work alone, and nothing needs it.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response
from sqlmodel import col, select

from vocbot.store.tables import Feedback, Issue
from vocbot.store.undecided import candidates, next_undecided, pile
from vocbot.store.why import find_issue
from vocbot.web.desk import Reading, Writing, number
from vocbot.web.refusals import Refused

router = APIRouter()
OFFERED = 9


@router.get("/undecided")
def undecided(desk: Reading, after: str = "", last: str = "", done: str = "") -> Response:
    """The next one."""
    with desk.console.opened.store.read() as session:
        waiting = pile(session)
        feedback = next_undecided(session, number(after))
        offered = candidates(session, feedback.text, desk.today, OFFERED) if feedback else []
        others = session.exec(select(Issue).where(col(Issue.merged_into).is_(None)).order_by(col(Issue.number))).all()
    return desk.page(
        "undecided.html",
        waiting=waiting,
        feedback=feedback,
        offered=offered,
        others=others,
        allowed=desk.may("sort"),
        last=number(last),
        done=done,
    )


@router.post("/undecided/{ident}")
def sort(desk: Writing, ident: int) -> Response:
    """Sort one, set it aside, or put it back."""
    from vocbot.understand.sort import set_aside, sort_into, unsort

    desk.require("sort")
    now, by = desk.console.opened.clock.now(), desk.user.name
    to = desk.form.get("to", "")
    with desk.console.opened.store.write(lock="drain") as session:
        feedback = session.get(Feedback, ident)
        if feedback is None:
            raise Refused(404, "no_page")
        if to == "back":
            did, said = unsort(session, feedback, by, now), "unsorted"
        elif to == "nothing":
            did, said = set_aside(session, feedback, by, now), "set_aside"
        else:
            issue = find_issue(session, to)
            if issue is None:
                raise Refused(400, "bad_form")
            did, said = sort_into(session, feedback, issue, by, now), "sorted"
    desk.console.shared.forget()
    if not did:
        return desk.done(f"/undecided?after={ident}", "sort_late")
    if to == "back":
        return desk.done("/undecided", said)
    return desk.done(f"/undecided?last={ident}", said)
