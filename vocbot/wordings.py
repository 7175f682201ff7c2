"""Texts that wait for a yes and can be written anew before it: an FAQ draft, what a round of notices says.

Whoever writes says which text they saw. One that has changed or been decided meanwhile is not overwritten.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from vocbot.act import faq_edit
from vocbot.act.faq import faq_token
from vocbot.locale import say, word
from vocbot.sdk.errors import VocbotError
from vocbot.sdk.window import Field, Form
from vocbot.store.approval_list import covered, fingerprint
from vocbot.store.tables import Change, FaqDraft, Issue
from vocbot.tell import notice_edit
from vocbot.tell.hold_back import notice_token
from vocbot.text.wording import Part, Unfit


class Stale(VocbotError):
    """Nothing waits under this token any more, or it reads otherwise than whoever writes has seen."""


@dataclass(frozen=True)
class Wording:
    """A text that waits: its subject, the parts that may be written anew, the fingerprint of what would be sent."""

    token: str
    subject: FaqDraft | Change
    issue: Issue
    parts: tuple[Part, ...]
    seen: str

    def says(self, values: Mapping[str, str]) -> bool:
        """Whether it reads so already, white space aside."""
        return all(part.value.split() == values.get(part.name, "").split() for part in self.parts)


def wording(session: Session, token: str) -> Wording | None:
    """The text that waits under `token`; none where nothing waits there or it is not ours to write (a ticket's)."""
    acts = covered(session, token)
    subject = subject_of(session, token)
    issue = session.get(Issue, subject.issue_id) if subject is not None and subject.issue_id else None
    if not acts or subject is None or issue is None or named(subject) != token:
        return None
    parts = faq_edit.parts(subject) if isinstance(subject, FaqDraft) else notice_edit.parts(session, subject, issue)
    return Wording(token, subject, issue, parts, fingerprint(acts))


def renewed(session: Session, token: str, seen: str) -> Wording:
    """The text under `token`, which reads as whoever writes has `seen` it. Raises Stale."""
    found = wording(session, token)
    if found is None or found.seen != seen:
        raise Stale("the text has changed or been decided meanwhile")
    return found


def now_under(session: Session, token: str) -> Wording | None:
    """The text that waits about the same subject now, however often it was edited since."""
    subject = subject_of(session, token)
    return wording(session, named(subject)) if subject is not None else None


def subject_of(session: Session, token: str) -> FaqDraft | Change | None:
    """What a token is about (faq:3, faq:3:1, notice:CHANGE-2:1); none for anything else."""
    kind, _, rest = token.partition(":")
    number = rest.partition(":")[0].removeprefix("CHANGE-" if kind == "notice" else "")
    if kind not in ("faq", "notice") or not number.isdecimal() or len(number) > 9:
        return None
    return session.get(FaqDraft, int(number)) if kind == "faq" else session.get(Change, int(number))


def named(subject: FaqDraft | Change) -> str:
    """The token that a yes to its text of now carries."""
    return faq_token(subject) if isinstance(subject, FaqDraft) else notice_token(subject)


def form(found: Wording, language: str) -> Form:
    """The window in which it can be written anew."""
    name = found.issue.name if isinstance(found.subject, FaqDraft) else found.subject.name
    about = say(language, "edit.about_notice")
    if isinstance(found.subject, FaqDraft):
        spoken = word(language, "language", found.subject.language)
        about = say(language, "edit.about_faq", issue=name, title=found.issue.title(language), spoken=spoken)
    fields = tuple(
        Field(part.name, word(language, "part", part.name), part.value, part.whole, part.long, part.needed, part.usual)
        for part in found.parts
    )
    state = json.dumps({"token": found.token, "seen": found.seen})
    title = say(language, "edit.title", name=name)
    return Form(title, about, fields, say(language, "edit.save"), say(language, "edit.leave"), state)


def unfit(problem: Unfit, language: str) -> str:
    """Why a part cannot be kept, for whoever wrote it."""
    return say(language, f"edit.{problem.reason}", **problem.values)
