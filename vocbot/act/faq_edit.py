"""A person writes an FAQ draft anew, before it is approved: what may be changed, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, select

from vocbot.act.faq import RISK_WORDS, faq_document, faq_token
from vocbot.deliveries.payload import dump
from vocbot.sdk.render.safe import clean, one_line
from vocbot.store.audit import append
from vocbot.store.tables import Delivery, FaqDraft, Issue
from vocbot.text.wording import Part, check

QUESTION, ANSWER, STEP, STEPS = 200, 2_000, 500, 20  # characters, and how many steps


def parts(draft: FaqDraft) -> tuple[Part, ...]:
    """What can be written anew, as it reads now; a step is a line."""
    return _parts(draft.question, draft.answer, draft.steps)


def revise(
    session: Session, draft: FaqDraft, issue: Issue, values: Mapping[str, str], by: str, now: datetime
) -> FaqDraft:
    """Write a draft that waits for a yes anew. It goes on waiting under a new token: a yes to the older text does not
    count any more. Raises Unfit where a part is missing or too long, or holds personal data."""
    act = session.exec(
        select(Delivery).where(Delivery.approval == faq_token(draft), Delivery.state == "awaiting").with_for_update()
    ).one()
    question, answer = one_line(values.get("question", "")), clean(values.get("answer", "")).strip()
    steps = [step for line in clean(values.get("steps", "")).splitlines() if (step := line.strip())]
    check(_parts(question, answer, steps))
    draft.question, draft.answer, draft.steps = question, answer, steps
    whole = " ".join((answer, *steps)).lower()
    draft.risk_words = sorted({w for w in RISK_WORDS if w in whole})
    draft.revision += 1
    act.payload = act.payload | {"title": draft.question, "document": dump(faq_document(draft, issue))}
    act.approval = faq_token(draft)
    session.add_all([draft, act])
    append(session, now, by, "faq edited", issue.name, draft=draft.id, revision=draft.revision)
    return draft


def _parts(question: str, answer: str, steps: list[str]) -> tuple[Part, ...]:
    return (
        Part("question", question, QUESTION),
        # an answer may have paragraphs; what counts is how long it is
        Part("answer", answer, ANSWER),
        Part("steps", "\n".join(steps), STEP, lines=STEPS, needed=False),
    )
