"""Verbs that show: issues, why, the audit log, the state of the sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vocbot.cli.common import HERE, AsJson, ConfigPath, Ready, named_issue, opened, show
from vocbot.sdk.errors import VocbotError

if TYPE_CHECKING:
    from sqlmodel import Session

    from vocbot.understand.journey import By

app = typer.Typer()
audit_app = typer.Typer(help="The append-only log of what happened.", no_args_is_help=True)
app.add_typer(audit_app, name="audit")


@app.command()
def issues(config: ConfigPath = HERE, as_json: AsJson = False) -> None:
    """List the issues: mentions, people, state, alarms."""
    with opened(config) as ready, ready.store.read() as session:
        from vocbot.store.issue_list import issue_list
        from vocbot.store.why import listed_facts

        listed = issue_list(session)
        language = ready.settings.language
        if as_json:
            show([listed_facts(one, language) for one in listed])
            return
        from vocbot.screen import issue_table

        issue_table(listed, language, ready.settings.zone)


@app.command()
def why(
    issue: Annotated[str, typer.Argument(help="An issue such as VOC-1.")],
    words: Annotated[
        bool, typer.Option("--words", help="Also the words by which heads read the latest texts as they do.")
    ] = False,
    config: ConfigPath = HERE,
    as_json: AsJson = False,
) -> None:
    """Show the mentions, rules and windows behind every number of an issue, and what heads read in each text."""
    with opened(config) as ready, ready.store.read() as session:
        from vocbot.store.why import why as explain
        from vocbot.understand.priority import priorities, priority_facts

        found = named_issue(session, issue)
        zone, rules = ready.settings.zone, ready.settings.priority
        today = ready.clock.now().astimezone(zone).date()
        facts = explain(session, found, today)
        ranked = priorities(session, today, rules, found.kind).get(found.id or 0)
        facts["priority"] = priority_facts(found, ranked)
        if words:
            _add_words(session, ready, facts["mentions"][:_EXPLAINED])
        if as_json:
            show(facts)
            return
        from vocbot.screen import why_screen

        why_screen(facts, ready.settings.language, zone)


_EXPLAINED = 50


def _add_words(session: Session, ready: Ready, mentions: list[dict[str, Any]]) -> None:
    """Say of each text which words decided, by the heads of today, after what was corrected."""
    from sqlmodel import col, select

    from vocbot.data import heads
    from vocbot.store.tables import Feedback, Mention
    from vocbot.text.focus import by_aspect
    from vocbot.understand.learning import lessons
    from vocbot.understand.lessons import taught

    told = ready.settings.text
    asked = [one["id"] for one in mentions]
    query = select(Mention.id, Feedback.text).join(Feedback).where(col(Mention.id).in_(asked))
    texts = dict(session.exec(query).all())
    read_by = taught(heads(told.heads), lessons(session), told.undecided)
    whole = [texts[ident] for ident in asked]
    for mention, text, reading in zip(mentions, whole, read_by.read(whole, told.undecided), strict=True):
        why = read_by.explain(text, reading)
        parts = by_aspect(read_by, text, reading.aspects, told.undecided)
        mention["by_aspect"] = {aspect: one.label for aspect, one in parts.items()}
        mention["words"] = {name: [reason._asdict() for reason in reasons] for name, reasons in why.items()}


@app.command()
def handoffs(
    by: Annotated[str, typer.Option(help="stage (of the journey), department or channel.")] = "stage",
    config: ConfigPath = HERE,
    as_json: AsJson = False,
) -> None:
    """Show between which two stops more people than usual fall: they spoke of one, then of the other."""
    from dataclasses import asdict

    from vocbot.locale import say, word
    from vocbot.understand.journey import handoffs as found_between

    kinds: dict[str, By] = {"stage": "stage", "department": "department", "channel": "channel"}
    if by not in kinds:
        raise VocbotError(f"--by {by}: use {', '.join(kinds)}")
    with opened(config) as ready, ready.store.read() as session:
        today, language = ready.clock.now().astimezone(ready.settings.zone).date(), ready.settings.language
        found = found_between(session, today, kinds[by])
        if as_json:
            show([asdict(one) for one in found])
            return
        for one in found:
            first, then = one.first, one.then
            if by == "stage":
                first, then = word(language, "stage", first), word(language, "stage", then)
            figures = {"seen": one.lift.seen, "of": one.of, "share": f"{one.lift.share:.0%}"}
            usual, low = f"{one.lift.usual_share:.0%}", f"{one.lift.low:.1f}"
            print(say(language, "handoff.line", first=first, then=then, usual=usual, low=low, **figures))  # noqa: T201
        if not found:
            print(say(language, "handoff.none"))  # noqa: T201


@app.command()
def kpi(
    days: Annotated[int, typer.Option(min=1, max=3660, help="So many days up to today.")] = 28,
    config: ConfigPath = HERE,
    as_json: AsJson = False,
) -> None:
    """Show scores (NPS, CSAT) by source and issue area with their interval, and days that look made up."""
    with opened(config) as ready, ready.store.read() as session:
        from dataclasses import asdict
        from datetime import timedelta

        from vocbot.measure.kpi import area_scores, suspicions
        from vocbot.screen import kpi_lines

        last = ready.clock.now().astimezone(ready.settings.zone).date()
        first = last - timedelta(days=days - 1)
        scores, odd = area_scores(session, first, last), suspicions(session, first, last)
        if as_json:
            show({"areas": [asdict(one) for one in scores], "suspicious": [asdict(one) for one in odd]})
        else:
            kpi_lines(scores, odd, ready.settings.language)


@audit_app.command("show")
def audit_show(
    subject: Annotated[str, typer.Argument(help="VOC-1, CHANGE-1, a pseudonym; nothing: the latest.")] = "",
    config: ConfigPath = HERE,
) -> None:
    """Show what happened."""
    from vocbot.screen import audit_table

    with opened(config) as ready, ready.store.read() as session:
        audit_table(session, subject, ready.settings.zone)


@audit_app.command("verify")
def audit_verify(config: ConfigPath = HERE) -> None:
    """Check that nothing was taken out of the log or changed in it; code 1 where something was."""
    from vocbot.store.audit import verify

    with opened(config) as ready, ready.store.read() as session:
        seen, broken = verify(session)
    if broken is not None:
        typer.echo(
            f"entry {broken} does not fit the chain: the log was changed there ({seen} entries before it fit)", err=True
        )
        raise typer.Exit(1)
    print(f"{seen} entries, the chain is whole")  # noqa: T201
