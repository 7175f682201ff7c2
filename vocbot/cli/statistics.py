"""Verbs that judge tables: detect and verdict of weekly counts, causes of mentions. They need no configuration."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vocbot.sdk.errors import VocbotError

if TYPE_CHECKING:
    from vocbot.cli.counts import Panel
    from vocbot.cli.mentions import Mentions
    from vocbot.stats.alarms import Raised
    from vocbot.stats.causes import Candidate
    from vocbot.stats.judge import Judged
    from vocbot.stats.scan import WeekFigures

app = typer.Typer()

Language = Annotated[str, typer.Option(help="Language of the sentences: en or zh.")]
_SHOWN_BELOW = 0.2
_NAMED = 10
_RANKED = 10
_RECENT_DAYS, _MOST_DAYS = 7, 36_500
_WINDOWS_TRIED = 2  # three windows, overlapping, are worth about two chances


@app.command()
def detect(
    counts: Annotated[Path, typer.Argument(help="CSV: issue, week (its Monday), mentions; people, total if known.")],
    all_p: Annotated[bool, typer.Option("--all-p", help="Print every chance below 0.2, before the gate.")] = False,
    language: Language = "en",
) -> None:
    """Find the weeks in which an issue was louder than its past, the volume and the season make likely (JSONL)."""
    from vocbot.stats.alarms import Alarms
    from vocbot.stats.detect import detect as figures

    panel = _panel(counts)
    _spoken(language)
    alarms = Alarms(len(panel.issues))
    for t, week in enumerate(figures(panel.counts, panel.totals)):
        if all_p:
            for i in (week.p < _SHOWN_BELOW).nonzero()[0]:
                _line({"issue": panel.issues[i], "week": panel.weeks[t].isoformat(), "p": float(week.p[i])})
            continue
        for raised in alarms.step(week, panel.counts[:, t], panel.people[:, t]):
            _line(_alarm(panel, t, week, raised, language))


def _alarm(panel: Panel, t: int, week: WeekFigures, raised: Raised, language: str) -> dict[str, Any]:
    from vocbot.locale import amount, say, word
    from vocbot.locale import weeks as count_weeks

    i = raised.index
    window, observed, p = int(week.window[i]), int(week.observed[i]), float(week.p[i])
    people = int(panel.people[i, max(0, t - window + 1) : t + 1].max())
    sentence = say(
        language,
        "detect.alarm",
        issue=panel.issues[i],
        state=word(language, "state", raised.state),
        observed=observed,
        weeks=count_weeks(language, window),
        expected=amount(language, float(week.expected[i])),
        usual=amount(language, float(week.per_week[i])),
        one_in=f"{_round_down(1 / max(_WINDOWS_TRIED * p, 1e-12)):,}",
        people=say(language, "detect.people_at_most" if panel.at_most else "detect.people", people=people),
    )
    return {
        "issue": panel.issues[i],
        "week": panel.weeks[t].isoformat(),
        "window": window,
        "observed": observed,
        "expected": round(float(week.expected[i]), 3),
        "p": p,
        "state": raised.state,
        "sentence": sentence,
    }


@app.command()
def verdict(
    counts: Annotated[Path, typer.Argument(help="CSV: issue, week (its Monday), mentions; total if known.")],
    change: Annotated[str, typer.Option(help="Day on which the change reached customers, such as 2026-11-23.")],
    issue: Annotated[str, typer.Option(help="The issue that it was meant for.")],
    target: Annotated[float, typer.Option(help="Hoped-for relative change, for the weeks still needed.")] = -0.6,
    language: Language = "en",
) -> None:
    """Say whether a change worked: rate against the rest of the feedback, before and after, with an interval (JSON)."""
    from vocbot.cli.counts import WEEK, day
    from vocbot.stats.judge import LEAST_BEFORE, judge

    _spoken(language)
    if not -1 < target < 0:
        raise VocbotError(f"--target {target}: a fall, such as -0.6 for 60 % less")
    panel = _panel(counts)
    when = day(change, "--change")
    if issue not in panel.issues:
        raise VocbotError(f"{counts} has no issue {issue}; there are: {_some(panel.issues)}")
    if not panel.weeks[0] <= when < panel.weeks[-1] + WEEK:
        raise VocbotError(
            f"--change {when} is outside the counts, which go from {panel.weeks[0]} to the week of {panel.weeks[-1]}"
        )
    first_after = sum(week < when for week in panel.weeks)  # a week cut by the change belongs to neither side
    last_before = sum(week + WEEK <= when for week in panel.weeks) - 1
    after = len(panel.weeks) - first_after
    if last_before + 1 < LEAST_BEFORE or after < 1:
        raise VocbotError(
            f"--change {when} leaves {last_before + 1} whole weeks before it and {after} after; "
            f"at least {LEAST_BEFORE} and 1 are needed"
        )
    own = panel.issues.index(issue)
    rest = panel.totals - panel.counts[own]
    if rest[: last_before + 1].sum() <= 0 or rest[first_after:].sum() <= 0:
        raise VocbotError(
            f"{counts} holds no other feedback than {issue} before or after the change; a fall proves nothing without "
            "it: add the other issues, or a column total with all feedback of the week"
        )
    judged = judge(panel.counts, panel.totals, own, last_before, first_after, 1 + target)
    _line(_verdict(issue, judged, target, language))


def _verdict(issue: str, judged: Judged, target: float, language: str) -> dict[str, Any]:
    from vocbot.locale import say, word
    from vocbot.locale import weeks as count_weeks

    found = judged.effect
    sentences = [
        say(
            language,
            "count_verdict.change",
            issue=issue,
            word=word(language, "verdict", judged.word),
            before=f"{judged.per_week[0]:.1f}",
            after=f"{judged.per_week[1]:.1f}",
            weeks_before=count_weeks(language, judged.before),
            weeks_after=count_weeks(language, judged.after),
            ratio=f"{found.rate_ratio:.2f}",
            low=f"{found.low:.2f}",
            high=f"{found.high:.2f}",
        )
    ]
    fall = f"{-target:.0%}"
    if judged.more_weeks is not None:
        more = count_weeks(language, judged.more_weeks)
        sentences.append(say(language, "count_verdict.more", weeks=more, target=fall))
    elif judged.word in ("too_early", "inconclusive"):
        sentences.append(say(language, "count_verdict.never", target=fall))
    if judged.spikes:
        sentences.append(say(language, "count_verdict.spikes", count=judged.spikes))
    elif judged.surged and judged.word == "declined":
        sentences.append(say(language, "count_verdict.surge"))
    return {
        "rate_ratio": round(found.rate_ratio, 4),
        "low": round(found.low, 4),
        "high": round(found.high, 4),
        "p_less": round(found.p_less, 5),
        "verdict": judged.word,
        "weeks_needed": judged.more_weeks,
        "sentence": ("" if language == "zh" else " ").join(sentences),
    }


@app.command()
def causes(
    mentions: Annotated[Path, typer.Argument(help="CSV: one row a mention; every other column is an attribute.")],
    issue: Annotated[str, typer.Option(help="Column that holds the issue.")],
    time: Annotated[str, typer.Option(help="Column that holds the time.")],
    only: Annotated[str, typer.Option(help="This issue alone; none: every issue with enough recent mentions.")] = "",
    attribute: Annotated[list[str] | None, typer.Option(help="Column to look at, once for each; none: all.")] = None,
    days: Annotated[
        float | None, typer.Option(help="The last so many days are recent; none: 7, or a third of a shorter table.")
    ] = None,
    pairs: Annotated[bool, typer.Option(help="Also pairs of values.")] = True,
    language: Language = "en",
) -> None:
    """Rank the attribute values of an issue's recent mentions against its past and all others (JSONL).

    stands_out says whether a value is more than chance would bring; nothing standing out is an answer.
    """
    from vocbot.cli.mentions import read_mentions
    from vocbot.stats.causes import LEAST_WINDOW, rank

    _spoken(language)
    if days is not None and not 0 < days < _MOST_DAYS:
        raise VocbotError(f"--days {days}: a number of days, such as 7")
    told = read_mentions(mentions, issue, time, attribute or [])
    if only and only not in told.names:
        raise VocbotError(f"{mentions}: {issue} is never {only}; there are: {_some(told.names)}")
    last, span = float(told.times.max()), float(told.times.max() - told.times.min())
    since = last - (days if days is not None else min(_RECENT_DAYS, span / 3))
    recent = told.times > since
    chosen = [i for i, name in enumerate(told.names) if not only or name == only]
    counted = {i: int((recent & (told.issues == i)).sum()) for i in chosen}
    if max(counted.values()) < LEAST_WINDOW:
        raise VocbotError(
            f"{mentions}: no issue has {LEAST_WINDOW} mentions in the last {last - since:.1f} days; give more --days"
        )
    for i in chosen:
        mine = told.issues == i
        if counted[i] < LEAST_WINDOW:
            continue
        ranking = rank(told.codes[mine & recent], told.codes[mine & ~recent], told.codes, pairs=pairs)
        for candidate in ranking.candidates[:_RANKED]:
            _line(_cause(told, i, candidate, ranking.cut, counted[i], language))
        if not ranking.found:
            from vocbot.locale import say

            print(say(language, "count_cause.nothing", issue=told.names[i]), file=sys.stderr)  # noqa: T201


def _cause(told: Mentions, i: int, one: Candidate, cut: float, of: int, language: str) -> dict[str, Any]:
    from vocbot.locale import say

    attribute = " & ".join(told.attributes[c] for c in one.columns)
    value = " & ".join(told.values[c][code] for c, code in zip(one.columns, one.codes, strict=True))
    lift, stands_out = one.lift, one.lift.low >= cut
    times = "∞" if lift.expected <= 0 else f"{lift.lift:.1f}"
    sentence = say(
        language,
        "count_cause.value" if stands_out else "count_cause.chance",
        issue=told.names[i],
        attribute=attribute,
        value=value,
        seen=lift.seen,
        of=of,
        share=f"{lift.share:.0%}",
        usual=f"{lift.usual_share:.0%}",
        lift=times,
        low=f"{lift.low:.1f}",
        extra=max(0, round(lift.seen - lift.expected)),
    )
    return {
        "issue": told.names[i],
        "attribute": attribute,
        "value": value,
        "observed": lift.seen,
        "expected": round(lift.expected, 3),
        "lift": None if lift.expected <= 0 else round(lift.lift, 3),
        "low": round(lift.low, 3),
        "stands_out": stands_out,
        "sentence": sentence,
    }


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def _round_down(value: float) -> int:
    """With one figure: 5,438 is 5,000."""
    whole = int(value)
    unit = int(10 ** (len(str(whole)) - 1))
    return whole // unit * unit


def _panel(path: Path) -> Panel:
    """The counts, where there are enough of them to say what is usual."""
    from vocbot.cli.counts import read_counts
    from vocbot.sdk.clock import RealClock
    from vocbot.stats.detect import MIN_WEEKS

    panel = read_counts(path, RealClock().now().date())
    if len(panel.weeks) < MIN_WEEKS:
        raise VocbotError(
            f"{path} covers {len(panel.weeks)} week{'s' * (len(panel.weeks) > 1)}; what is usual takes at least "
            f"{MIN_WEEKS} weeks of counts"
        )
    if (panel.counts.sum(axis=0) > 0).sum() == 1 and (panel.totals > 0).sum() == 1:
        raise VocbotError(
            f"{path}: all mentions lie in the week {panel.weeks[int(panel.totals.argmax())]}; other weeks with "
            "mentions, or with a total of all feedback, are needed to say whether that is unusual"
        )
    return panel


def _spoken(language: str) -> None:
    if language not in ("en", "zh"):
        raise VocbotError(f"--language {language}: use en or zh")


def _line(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False))  # noqa: T201
