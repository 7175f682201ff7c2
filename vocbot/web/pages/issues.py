"""Issues in order of their suggested priority, and the search."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import Response
from sqlmodel import col, select

from vocbot.stats.priority import Standing
from vocbot.store import search as finding
from vocbot.store.issue_list import Listed, issue_list
from vocbot.store.issue_page import lately, weekly
from vocbot.store.tables import Issue
from vocbot.understand.priority import priorities
from vocbot.web.chart import spark
from vocbot.web.desk import Reading

router = APIRouter()
PAGE = 40
HITS = 20
SPARK_WEEKS = 12
KINDS = ("problem", "wish", "praise")
SORTS = ("priority", "people", "week", "latest")


@dataclass(frozen=True)
class Line:
    """One line of the list."""

    listed: Listed
    standing: Standing | None  # none where its fix is done: it has no place among the open ones
    week: int
    before: int
    spark: str


@router.get("/issues")
def issues(desk: Reading, kind: str = "problem", sort: str = "priority", page: int = 1, q: str = "") -> Response:
    """The list, or with `q` what was found."""
    if q.strip():
        return _found(desk, q.strip()[:200])
    kind = kind if kind in KINDS else "problem"
    sort = sort if sort in SORTS else "priority"
    today = desk.today
    with desk.console.opened.store.read() as session:
        listed = [one for one in issue_list(session) if one.issue.kind == kind]
        known, rules = desk.console.shared.reach(session, today), desk.console.settings.priority
        standings = {i: standing for i, (_, standing) in priorities(session, today, rules, kind, known).items()}
        weeks = lately(session, today)
        lines = [
            Line(one, standings.get(one.issue.id or 0), *weeks.get(one.issue.id or 0, (0, 0)), spark="")
            for one in listed
        ]
        orders = {
            "priority": lambda n: (n.standing is None, n.standing.position if n.standing else 0, -n.listed.mentions),
            "people": lambda n: (-n.listed.people, n.listed.issue.number),
            "week": lambda n: (-n.week, n.listed.issue.number),
            "latest": lambda n: (-n.listed.issue.last_seen.timestamp(), n.listed.issue.number),
        }
        lines.sort(key=orders[sort])
        page = min(max(1, page), max(1, -(-len(lines) // PAGE)))
        shown = lines[(page - 1) * PAGE : page * PAGE]
        drawn = weekly(session, [n.listed.issue.id or 0 for n in shown], today, SPARK_WEEKS)
    shown = [Line(n.listed, n.standing, n.week, n.before, spark(drawn[n.listed.issue.id or 0])) for n in shown]
    return desk.page(
        "issues.html",
        lines=shown,
        kind=kind,
        kinds=KINDS,
        sort=sort,
        sorts=SORTS,
        page_number=page,
        pages=max(1, -(-len(lines) // PAGE)),
        count=len(lines),
        q="",
    )


def _found(desk: Reading, words: str) -> Response:
    with desk.console.opened.store.read() as session:
        all_issues = session.exec(
            select(Issue).where(col(Issue.merged_into).is_(None)).order_by(col(Issue.number))
        ).all()
        by_title = finding.titled(all_issues, words)
        said = finding.issues_with(session, words)
        hits = finding.search(session, words, HITS)
    return desk.page("search.html", q=words, by_title=by_title, said=said, hits=hits, most=finding.LOOKED_AT)
