"""What waits for a named person's yes: the real text, who would get it, and the two buttons.

A yes counts only for what was shown: the form carries a fingerprint of it, and where the text has changed meanwhile the
new one is shown instead. The first decision counts, whoever made it, here or in chat.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlmodel import Session, col, select

from vocbot import locale
from vocbot.deliveries.payload import load
from vocbot.rights import may_edit
from vocbot.sdk.document import Document
from vocbot.sdk.events import Decision
from vocbot.store.approval_list import approval_list, covered, decision, fingerprint
from vocbot.store.tables import Change, Delivery, FaqDraft, Issue, Notice, Person
from vocbot.store.why import find_issue
from vocbot.text.wording import Unfit
from vocbot.web.desk import Desk, Reading, Writing
from vocbot.web.refusals import Refused
from vocbot.wordings import Stale, now_under, subject_of, unfit, wording

router = APIRouter()
SHOWN = 50  # people in the list of a round of notices


@dataclass(frozen=True)
class Told:
    """One person that a notice would go to."""

    pseudonym: str
    channel: str
    language: str
    canary: bool


@router.get("/approvals")
def approvals(desk: Reading, done: str = "") -> Response:
    """All that waits, one's own first."""
    with desk.console.opened.store.read() as session:
        waiting = approval_list(session)
    return desk.page(
        "approvals.html",
        mine=[w for w in waiting if desk.may(_right(w.token))],
        others=[w for w in waiting if not desk.may(_right(w.token))],
        done=done,
    )


@router.get("/approvals/{token}")
def approval(desk: Reading, token: str, done: str = "") -> Response:
    """One decision with all that it covers; where it has been made, who made it; an edited text as it reads now."""
    with desk.console.opened.store.read() as session:
        newer = "" if covered(session, token) or decision(session, token) else _newer(session, token)
    if newer:
        return desk.done(f"/approvals/{newer}")
    return _page(desk, token, done=done)


@router.post("/approvals/{token}")
def decide(desk: Writing, token: str) -> Response:
    """Carry out a yes or a no."""
    desk.require(_right(token))
    answer = desk.form.get("answer")
    if answer not in ("approve", "reject"):
        raise Refused(400, "bad_form")
    opened, loop = desk.console.opened, desk.console.loop()
    reason = desk.form.get("reason", "").strip()[:500]
    with opened.store.write(lock="drain") as session:
        acts = covered(session, token)
        if acts and answer == "approve" and fingerprint(acts) != desk.form.get("seen"):
            changed = True
        else:
            changed = False
            by, now = f"console:{desk.user.id}", opened.clock.now()
            decided = Decision(token, answer == "approve", by, desk.user.name, now, reason or None, desk.user.role)
            made = loop.decide(session, decided)
    if changed:
        return _page(desk, token, 409, problem="approval_changed")
    if not made:
        return _page(desk, token, 409, problem="approval_late")
    return desk.done("/approvals", "approved" if answer == "approve" else "rejected")


@router.post("/approvals/{token}/edit")
def edit(desk: Writing, token: str) -> Response:
    """Write the text anew; it still waits for its yes."""
    _right(token)
    if not may_edit(desk.user.role, token):
        raise Refused(403, "not_your_role", role=desk.user.role)
    loop = desk.console.loop()
    try:
        with desk.console.opened.store.write(lock="drain") as session:
            token = loop.rewrite(session, token, desk.form.get("seen", ""), desk.form, desk.user.name)
    except Unfit as error:
        why = {"part": locale.word(desk.language, "part", error.part), "why": unfit(error, desk.language)}
        return _page(desk, token, 400, problem="edit_refused", why=why)
    except Stale:
        return _page(desk, token, 409, problem="edit_late")
    return desk.done(f"/approvals/{token}", "edited")


def _right(token: str) -> str:
    kind = token.partition(":")[0]
    if kind not in ("ticket", "faq", "notice"):
        raise Refused(404, "no_page")
    return f"decide {kind}"


def _page(
    desk: Desk, token: str, status: int = 200, problem: str = "", why: Mapping[str, str] | None = None, done: str = ""
) -> Response:
    right, kind = _right(token), token.partition(":")[0]
    with desk.console.opened.store.read() as session:
        acts, made = covered(session, token), decision(session, token)
        if not acts and made is None and problem != "edit_late":
            raise Refused(404, "no_approval")
        draft = _draft(session, token)
        waits = wording(session, token)
        newer = "" if waits is not None else _newer(session, token)
        facts: dict[str, Any] = {
            "draft": draft,
            "issue": _issue(session, token, acts, draft),
            "change": _change(session, token),
            "previews": _previews(acts) if kind == "notice" else [],
            "people": _people(session, acts[:SHOWN]) if kind == "notice" else [],
            "channels": Counter(d.payload["routes"][0]["connector"] for d in acts) if kind == "notice" else {},
            "document": load(acts[0].payload["document"]) if acts and kind == "ticket" else None,
        }
    return desk.page(
        "approval.html",
        status if acts or status != 200 else 200,
        token=token,
        kind=kind,
        count=len(acts),
        seen=fingerprint(acts),
        made=made,
        allowed=desk.may(right),
        problem=problem,
        why=why or {},
        newer=newer,
        texts=waits.parts if waits is not None and may_edit(desk.user.role, token) else (),
        written=desk.form if problem.startswith("edit") else {},
        done=done,
        **facts,
    )


def _newer(session: Session, token: str) -> str:
    """The token under which a text waits now that was edited since; "" where none does."""
    found = now_under(session, token)
    return found.token if found is not None and found.token != token else ""


def _draft(session: Session, token: str) -> FaqDraft | None:
    found = subject_of(session, token)
    return found if isinstance(found, FaqDraft) else None


def _change(session: Session, token: str) -> Change | None:
    found = subject_of(session, token)
    return found if isinstance(found, Change) else None


def _issue(session: Session, token: str, acts: Sequence[Delivery], draft: FaqDraft | None) -> Issue | None:
    change = _change(session, token)
    if draft is not None:
        return session.get(Issue, draft.issue_id)
    if change is not None:
        return session.get(Issue, change.issue_id) if change.issue_id else None
    return find_issue(session, acts[0].subject) if acts else None


def _previews(acts: Sequence[Delivery]) -> list[Document]:
    """The real text to one person for each language."""
    found: dict[str, Document] = {}
    for act in acts:
        document = load(act.payload["document"])
        found.setdefault(document.language, document)
    return list(found.values())


def _people(session: Session, acts: Sequence[Delivery]) -> list[Told]:
    ids = [d.payload["person"] for d in acts]
    names = {p.id: p.pseudonym for p in session.exec(select(Person).where(col(Person.id).in_(ids)))}
    notices = {
        n.id: n for n in session.exec(select(Notice).where(col(Notice.id).in_([d.payload["notice"] for d in acts])))
    }
    return [
        Told(
            names.get(d.payload["person"], "–"),
            d.payload["routes"][0]["connector"],
            notices[d.payload["notice"]].language,
            notices[d.payload["notice"]].canary,
        )
        for d in acts
        if d.payload["notice"] in notices
    ]
