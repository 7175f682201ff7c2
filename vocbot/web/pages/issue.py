"""One Issue: what it is, why each item is here, what was done and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session, col, select

from vocbot.deliveries.payload import load
from vocbot.locale import word
from vocbot.sdk.document import Document
from vocbot.store.issue_list import issue_list
from vocbot.store.issue_numbers import latest, numbers
from vocbot.store.issue_page import in_short, issue_page, items, merge_targets, shape, weekly
from vocbot.store.tables import Delivery, Issue, IssueChange, Person
from vocbot.store.why import find_issue
from vocbot.understand.priority import priorities
from vocbot.web.chart import weeks_chart
from vocbot.web.desk import Desk, Reading
from vocbot.web.refusals import Refused

if TYPE_CHECKING:
    from vocbot.text.guard import Quote

router = APIRouter()
WEEKS = 20
ITEMS = 20
MOST_PAGES = 100  # further back, a page would take longer than anybody waits; `vocbot why --json` lists more
FACTS = 30  # lines
OFFERED = 100  # Issues that a correction may name by a choice; any can be typed
QUOTED = 60  # the latest Mentions, among which quotes are looked for


@router.get("/issues/{name}")
def issue(desk: Reading, name: str, page: int = 1, merged: str = "", done: str = "") -> Response:
    """The page. One that was merged leads to where it went."""
    return show(desk, name, page, merged, done)


def show(
    desk: Desk,
    name: str,
    page: int = 1,
    merged: str = "",
    done: str = "",
    status: int = 200,
    problem: str = "",
    why: str = "",
) -> Response:
    """The page of an Issue; `problem` names a sentence about what was not done, which `why` fills."""
    today, opened = desk.today, desk.console.opened
    with opened.store.read() as session:
        found = find_issue(session, name)
        if found is None or found.id is None:
            raise Refused(404, "no_issue", name=name[:40])
        if found.merged_into is not None:
            heir = _heir(session, found).name
            if problem:
                return show(desk, heir, merged=found.name, status=status, problem=problem, why=why)
            return RedirectResponse(f"/issues/{heir}?merged={found.name}", 303)
        if name != found.name:
            return RedirectResponse(f"/issues/{found.name}", 303)
        listed = next(one for one in issue_list(session) if one.issue.id == found.id)
        week = numbers(session, found.id, today)
        shared = desk.console.shared
        standing = priorities(
            session, today, desk.console.settings.priority, found.kind, shared.reach(session, today)
        ).get(found.id)
        out, recent = shared.causes(session, found.id, today)
        about = issue_page(session, found)
        weeks = weekly(session, [found.id], today, WEEKS)[found.id]
        pages = max(1, min(MOST_PAGES, -(-found.mentions // ITEMS)))
        page = min(max(1, page), pages)
        zone = desk.console.settings.zone
        released = [
            (a.change.name, a.change.released_at.astimezone(zone).date()) for a in about.changes if a.change.released_at
        ]
        facts: dict[str, Any] = {
            "items": items(session, found.id, today, ITEMS, (page - 1) * ITEMS),
            "quotes": _quotes(session, found, desk),
            "causes": out,
            "recent": recent,
            "ticket_text": _ticket_text(session, found),
            "seen": shape(session, found),
            "happened": in_short(about.facts)[:FACTS],
            "undoable": next((c for c in about.shaped if c.undone_at is None), None),
            "undo_merges": _undo_merges(session, about.merged),
            "others": merge_targets(session, found, OFFERED) if desk.may("correct") else [],
        }
        ids = [s.feedback.person_id for s in facts["items"]]
        facts["names"] = {p.id: p.pseudonym for p in session.exec(select(Person).where(col(Person.id).in_(ids)))}
    return desk.page(
        "issue.html",
        status,
        issue=found,
        listed=listed,
        week=week,
        priority=standing,
        formula=standing[0].shown(lambda factor: word(desk.language, "factor", factor)) if standing else "",
        about=about,
        weeks=weeks,
        chart=weeks_chart(weeks, released),
        page_number=page,
        pages=pages,
        merged=merged if find_name(merged) else "",
        done=done,
        problem=problem,
        why=why,
        **facts,
    )


def find_name(name: str) -> bool:
    """Whether this looks like the name of an Issue."""
    return name.startswith("VOC-") and name[4:].isdecimal() and len(name) < 14


def _heir(session: Session, issue: Issue) -> Issue:
    while issue.merged_into is not None:
        issue = session.get_one(Issue, issue.merged_into)
    return issue


def _undo_merges(session: Session, merged: Sequence[Issue]) -> dict[int, IssueChange]:
    """By Issue that was merged into this one: the merge, where it is what undo would take back."""
    ids = [issue.id for issue in merged]
    standing = session.exec(
        select(IssueChange)
        .where(col(IssueChange.issue_id).in_(ids), col(IssueChange.undone_at).is_(None))
        .order_by(col(IssueChange.id))
    )
    latest = {change.issue_id: change for change in standing}
    return {ident: change for ident, change in latest.items() if change.kind == "merge"}


def _quotes(session: Session, issue: Issue, desk: Desk) -> Sequence[Quote]:
    """Words that may be shown to anybody, as in a ticket."""
    from vocbot.text.guard import Candidate, choose_quotes

    assert issue.id is not None
    return choose_quotes(
        [
            Candidate(
                text=s.mention.text,
                person=str(s.feedback.person_id or f"f{s.feedback.id}"),
                time=s.mention.time,
                channel=s.feedback.channel,
                public=s.feedback.public,
                feedback_id=s.feedback.id or 0,
            )
            for s in latest(session, issue.id, desk.today, QUOTED)
        ],
        min_people=1 if issue.immediate else 3,
    )


def _ticket_text(session: Session, issue: Issue) -> Document | None:
    """What the ticket of this generation says, or would say where it waits or is only shown."""
    from vocbot.act.ticket import ticket_key

    delivery = session.exec(select(Delivery).where(Delivery.key == ticket_key(issue))).first()
    return load(delivery.payload["document"]) if delivery is not None else None
