"""Verbs about rules: test runs their examples, diff says what other rules would change."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vocbot.cli.common import HERE, AsJson, ConfigPath, opened, show
from vocbot.sdk.errors import VocbotError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vocbot.understand.rulediff import Diff, Known

app = typer.Typer()
rules_app = typer.Typer(help="The rules that recognise issues.", no_args_is_help=True)
app.add_typer(rules_app, name="rules")


@rules_app.command("test")
def rules_test(
    packs: Annotated[list[str] | None, typer.Argument(help="Packs by name or path; all shipped ones if none.")] = None,
) -> None:
    """Run the examples of every rule."""
    from vocbot.data import rule_paths, shipped_packs
    from vocbot.screen import rule_report
    from vocbot.text.spelling import matchable
    from vocbot.understand.rulecheck import check_examples
    from vocbot.understand.rulepack import load_packs

    names = packs or shipped_packs()
    loaded = load_packs(rule_paths(names))
    problems = [p for pack in loaded for p in check_examples(pack, matchable)]
    raise typer.Exit(rule_report(loaded, problems))


@rules_app.command("diff")
def rules_diff(
    new: Annotated[Path, typer.Argument(help="The new pack; it takes the place of the one of its name.")],
    since: Annotated[str, typer.Option(help="How far back: 30d, 12w, or a day such as 2026-11-01.")] = "30d",
    config: ConfigPath = HERE,
    as_json: AsJson = False,
) -> None:
    """Show which mentions, issues and tickets other rules would move. Nothing is changed."""
    from vocbot.data import rule_paths
    from vocbot.screen import rule_diff
    from vocbot.understand.rulediff import compare, exchanged, heard, known
    from vocbot.understand.rulepack import load_pack, load_packs
    from vocbot.understand.rules import Matcher

    with opened(config) as ready, ready.store.read() as session:
        first = _first_day(since, ready.clock.now().astimezone(ready.settings.zone))
        packs = load_packs(rule_paths(ready.settings.rules))
        diff = compare(Matcher(packs), Matcher(exchanged(packs, load_pack(new, draft=True))), heard(session, first))
        there = known(session, diff.issues)
        if as_json:
            show(_facts(diff, there, first))
        else:
            rule_diff(diff, there, first)


def _first_day(since: str, now: datetime) -> date:
    """The local day that `since` names. Raises VocbotError."""
    if found := re.fullmatch("([0-9]{1,4})([dw])", since):
        return (now - timedelta(days=int(found[1]) * (7 if found[2] == "w" else 1))).date()
    try:
        return date.fromisoformat(since)
    except ValueError:
        raise VocbotError(f"--since {since}: write 30d, 12w or a day such as 2026-11-01") from None


def _facts(diff: Diff, there: Mapping[str, Known], first: date) -> dict[str, object]:
    return {
        "since": first,
        "feedback": diff.feedback,
        "issues": [
            {
                "rule_key": key,
                "issue": there[key].name if key in there else None,
                "ticket": there[key].ticket if key in there else None,
                "mentions_before": diff.before.get(key, 0),
                "mentions_after": diff.after.get(key, 0),
            }
            for key in diff.issues
        ],
        "moves": [
            {
                "from": before or None,
                "to": after or None,
                "mentions": moved.mentions,
                "people": len(moved.people),
                "statements": moved.shown,
            }
            for (before, after), moved in diff.moves.items()
        ],
    }
