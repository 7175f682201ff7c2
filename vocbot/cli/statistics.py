"""Verbs that judge tables of counts: detect. They need no configuration and keep nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vocbot.sdk.errors import VocbotError

if TYPE_CHECKING:
    from vocbot.cli.counts import Panel
    from vocbot.stats.alarms import Raised
    from vocbot.stats.scan import WeekFigures

app = typer.Typer()

Language = Annotated[str, typer.Option(help="Language of the sentences: en or zh.")]
_SHOWN_BELOW = 0.2
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
