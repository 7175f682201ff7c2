"""One Feedback -> statements -> Mentions of Issues, each with the rules that say why; or a bucket that says why not.

Everything ends in a bucket, so that nothing is lost: issue, praise, undecided or empty.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlmodel import Session, col, select

from vocbot.sdk.clock import Clock
from vocbot.store.tables import Feedback, Issue, Mention
from vocbot.text.clean import fold
from vocbot.text.sentiment import Lexicon, polarity
from vocbot.text.statements import split
from vocbot.understand.issues import count_issue, count_volume, issue_for
from vocbot.understand.rules import Matcher


@dataclass(frozen=True)
class Classifier:
    """Everything classifying needs; `version` of the rules goes into every Mention."""

    matcher: Matcher
    lexicon: Lexicon
    clock: Clock
    version: str

    def __call__(self, session: Session, feedback: Feedback) -> list[Mention]:
        """Make the Mentions of one Feedback, put it into its bucket and recount its day."""
        assert feedback.id is not None
        statements = split(feedback.text)
        mentions: list[Mention] = []
        kinds: set[str] = set()
        for statement in statements:
            folded = fold(statement.text)
            because: dict[str, list[str]] = defaultdict(list)
            for hit in self.matcher.match(folded):
                because[hit.issue_key].append(hit.rule_id)
            for key, rules in because.items():
                issue = issue_for(session, key, self.matcher.issues[key], feedback.time, self.clock.now())
                assert issue.id is not None
                kinds.add(issue.kind)
                mention = Mention(
                    feedback_id=feedback.id,
                    issue_id=issue.id,
                    person_id=feedback.person_id,
                    start=statement.start,
                    end=statement.end,
                    text=statement.text,
                    time=feedback.time,
                    day=feedback.day,
                    stage=issue.stage,
                    aspect=issue.area,
                    polarity=_felt(issue, polarity(statement.text, self.lexicon).value),
                    because=[*rules, f"rules {self.version}"],
                )
                session.add(mention)
                mentions.append(mention)
        feedback.polarity = polarity(feedback.text, self.lexicon).value
        feedback.bucket = _bucket(kinds, any(_says_something(s.text) for s in statements))
        session.add(feedback)
        session.flush()
        self.recount(session, feedback)
        return mentions

    def recount(self, session: Session, feedback: Feedback) -> None:
        """Recount the days of a Feedback and its earlier revisions, for everything that any of them mentions."""
        same = (Feedback.source == feedback.source, Feedback.external_id == feedback.external_id)
        touched = session.exec(
            select(col(Mention.issue_id), col(Mention.day)).join(Feedback).where(*same).distinct()
        ).all()
        for issue_id, day in touched:
            count_issue(session, issue_id, day)
        for heard in session.exec(select(col(Feedback.day)).where(*same).distinct()).all():
            count_volume(session, heard)


def _felt(issue: Issue, value: float) -> float:
    """A statement of a problem is negative even where the lexicon knows none of its words."""
    if value == 0.0:
        return {"problem": -0.5, "praise": 0.5}.get(issue.kind, 0.0)
    return value


def _bucket(kinds: set[str], says_something: bool) -> str:
    if kinds & {"problem", "wish"}:
        return "issue"
    if kinds:
        return "praise"
    return "undecided" if says_something else "empty"


def _says_something(text: str) -> bool:
    return any(c.isalnum() for c in text)
