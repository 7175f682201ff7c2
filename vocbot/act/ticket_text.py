"""What a ticket says: problem, anonymised quotes, numbers, suggested priority, root cause, and how the loop closes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from vocbot.locale import amount, joined, listed, say, word
from vocbot.locale import day as say_day
from vocbot.sdk.document import Block, Document, Heading, Quote, bullets, paragraph
from vocbot.stats.causes import Lift
from vocbot.stats.effect import Effect
from vocbot.stats.priority import Breakdown, Standing
from vocbot.store.issue_numbers import Numbers, Spoken
from vocbot.store.tables import Change, Issue, Signal
from vocbot.text.guard import Candidate, choose_quotes


@dataclass(frozen=True)
class Brief:
    """Everything known of an Issue on the day its ticket is written."""

    issue: Issue
    signal: Signal
    numbers: Numbers
    spoken: tuple[Spoken, ...]  # the Mentions that may be quoted
    causes: tuple[tuple[str, str, Lift], ...]
    met: tuple[tuple[str, str, str, Lift, int], ...]  # stage or event, its name and value, of so many people
    asked: tuple[tuple[str, date, int, int, Effect], ...]  # campaign, first day, questions in 28 days before and since
    recent: int  # mentions of the window that the causes are about
    breakdown: Breakdown
    standing: Standing
    people: int  # who complained, in all
    reachable: int
    target: float  # hoped-for relative change
    rules: str
    zone: ZoneInfo
    change: Change | None = None  # the fix after which it came back
    earlier: str | None = None  # its ticket


def summary(brief: Brief, language: str) -> str:
    """One line in the customers' words, without anybody's name or number."""
    text = say(
        language,
        "ticket.summary",
        issue=brief.issue.name,
        title=brief.issue.title(language),
        mentions=brief.numbers.mentions,
        arrow=_arrow(brief.numbers) or ("" if brief.change else say(language, "ticket.new")),
    ).rstrip()
    return text + (f" · {say(language, 'ticket.recurs')}" if brief.change else "")


def ticket_document(brief: Brief, language: str) -> Document | None:
    """The five sections and the loop; None where nobody can be quoted safely, or fewer than three people spoke.

    A safety or legal matter gets its ticket without a quote rather than none.
    """
    quotes = choose_quotes(
        [
            Candidate(
                text=s.mention.text,
                person=str(s.feedback.person_id or f"f{s.feedback.id}"),
                time=s.mention.time,
                channel=s.feedback.channel,
                public=s.feedback.public,
                feedback_id=s.feedback.id or 0,
            )
            for s in brief.spoken
        ],
    )
    if not quotes and not brief.issue.immediate:
        return None
    blocks: list[Block] = [Heading(say(language, "ticket.problem")), paragraph(_problem(brief, language))]
    if brief.issue.hand_off_from:
        blocks.append(paragraph(hand_off(brief.issue, language)))
    if brief.change is not None and brief.change.released_at is not None:
        blocks.append(
            paragraph(
                say(
                    language,
                    "ticket.came_back",
                    change=brief.change.name,
                    released=_day(brief, brief.change.released_at, language),
                    earlier=brief.earlier or "-",
                )
            )
        )
    blocks.append(Heading(say(language, "ticket.quotes")))
    blocks += [
        Quote(q.text, joined(language, [word(language, "channel", q.channel), _day(brief, q.time, language)]), q.behind)
        for q in quotes
    ]
    if not quotes:
        blocks.append(paragraph(say(language, "ticket.no_quote", issue=brief.issue.name)))
    blocks += [Heading(say(language, "ticket.numbers")), *_numbers(brief, language)]
    blocks += [Heading(say(language, "ticket.priority")), paragraph(_priority(brief, language))]
    blocks += [Heading(say(language, "ticket.causes")), *_causes(brief, language)]
    blocks += [
        Heading(say(language, "ticket.loop")),
        paragraph(
            say(
                language,
                "ticket.loop_text",
                reachable=brief.reachable,
                all=brief.people,
                unreachable=brief.people - brief.reachable,
                target=f"{-brief.target:.0%}",
            )
        ),
    ]
    return Document(language, summary(brief, language), tuple(blocks))


def hand_off(issue: Issue, language: str) -> str:
    """Between which steps of the journey its customers fall, and to whom the second step falls."""
    return say(
        language,
        "ticket.hand_off",
        first=word(language, "stage", issue.hand_off_from),
        then=word(language, "stage", issue.hand_off_to),
        area=word(language, "area", issue.area),
    )


def _day(brief: Brief, time: datetime, language: str) -> str:
    return say_day(language, time.astimezone(brief.zone))


def _problem(brief: Brief, language: str) -> str:
    issue, signal = brief.issue, brief.signal
    return say(
        language,
        "ticket.problem_immediate" if issue.immediate else "ticket.problem_text",
        title=issue.title(language),
        day=say_day(language, signal.day),
        observed=signal.observed,
        people=signal.people,
        expected=amount(language, signal.expected),
        first=_day(brief, issue.first_seen, language),
        area=word(language, "area", issue.area),
        stage=word(language, "stage", issue.stage or "none"),
    )


def _numbers(brief: Brief, language: str) -> list[Block]:
    found = brief.numbers
    blocks: list[Block] = [
        paragraph(
            say(
                language,
                "ticket.numbers_text",
                mentions=found.mentions,
                before=joined(language, [say(language, "ticket.before", previous=found.previous), _arrow(found)]),
                people=found.people,
                negative=f"{found.negative:.0%}",
                day=say_day(language, found.last),
            )
        )
    ]
    if found.at_most:
        blocks.append(paragraph(say(language, "ticket.at_most")))
    if found.mentions:
        sources = [f"{word(language, 'channel', name)} {n}" for name, n in found.sources]
        languages = [f"{word(language, 'language', name)} {n}" for name, n in found.languages]
        blocks.append(
            paragraph(
                say(
                    language,
                    "ticket.sources",
                    sources=listed(language, sources),
                    languages=listed(language, languages),
                )
            )
        )
    blocks.append(
        paragraph(
            say(
                language,
                "ticket.method",
                rules=brief.rules,
                first=found.first,
                last=found.last,
                zone=brief.zone.key,
                hash=found.evidence,
                issue=brief.issue.name,
            )
        )
    )
    return blocks


def _priority(brief: Brief, language: str) -> str:
    b, standing, issue = brief.breakdown, brief.standing, brief.issue
    if b.immediate:
        suggested = say(language, "ticket.priority_immediate", band=standing.suggested)
    else:
        suggested = say(
            language,
            "ticket.priority_wish" if issue.kind == "wish" else "ticket.priority_text",
            band=standing.suggested,
            place=standing.position,
            formula=b.shown(lambda factor: word(language, "factor", factor)),
            value=f"{b.worth:.3g}",
        )
    if not issue.band:
        return suggested
    chosen = say(language, "ticket.priority_set", band=issue.band, by=issue.band_by, why=issue.band_why)
    return f"{chosen} {suggested}" if language == "en" else f"{chosen}{suggested}"


def _causes(brief: Brief, language: str) -> list[Block]:
    more = [*(_met(one, language) for one in brief.met), *(_asked(one, language) for one in brief.asked)]
    lines = _values(brief, language)
    if not lines:
        blocks: list[Block] = [paragraph(say(language, "ticket.no_cause"))]
    else:
        blocks = [paragraph(say(language, "ticket.causes_text")), bullets(lines, ordered=True)]
    if more:
        blocks += [paragraph(say(language, "ticket.met_text")), bullets(more)]
    return blocks


def _met(step: tuple[str, str, str, Lift, int], language: str) -> str:
    kind, name, value, lift, of = step
    return say(
        language,
        "ticket.met_stage" if kind == "stage" else "ticket.met_event",
        name=word(language, "stage", name) if kind == "stage" else joined(language, [name, value]),
        seen=lift.seen,
        of=of,
        share=f"{lift.share:.0%}",
        usual=f"{lift.usual_share:.0%}",
        low=f"{lift.low:.1f}",
    )


def _asked(one: tuple[str, date, int, int, Effect], language: str) -> str:
    name, first, before, since, effect = one
    return say(
        language,
        "ticket.asked",
        campaign=name,
        day=say_day(language, first),
        before=before,
        since=since,
        ratio=f"{effect.rate_ratio:.1f}",
        low=f"{effect.low:.1f}",
        high=f"{effect.high:.1f}",
    )


def _values(brief: Brief, language: str) -> list[str]:
    return [
        say(
            language,
            "ticket.cause",
            attribute=word(language, "attribute", attribute),
            value=word(language, "channel", value) if attribute == "channel" else value,
            seen=lift.seen,
            of=brief.recent,
            share=f"{lift.share:.0%}",
            usual=f"{lift.usual_share:.0%}",
            lift="∞" if lift.lift == float("inf") else f"{lift.lift:.1f}",
            low=f"{lift.low:.1f}",
        )
        for attribute, value, lift in brief.causes
    ]


def _arrow(found: Numbers) -> str:
    """How the mentions moved against the days before; empty where there were none."""
    if not found.previous:
        return ""
    change = found.mentions / found.previous - 1
    return f"{'↑' if change >= 0 else '↓'}{abs(change):.0%}"
