"""Verbs of those who decide: changes, approvals, decisions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from vocbot.cli.common import HERE, AsJson, By, ConfigPath, core, named_change, named_issue, opened, show, signer
from vocbot.locale import say, word
from vocbot.sdk.errors import VocbotError

app = typer.Typer()
changes = typer.Typer(help="What the company did and when it reached customers.", no_args_is_help=True)
app.add_typer(changes, name="change")


@changes.command("add")
def change_add(
    issue: Annotated[
        str, typer.Option(help="The issue it is about, such as VOC-1; none: a release, policy or campaign as a whole.")
    ] = "",
    at: Annotated[
        str, typer.Option(help="When it reached customers (ISO time with zone, or `now`); none: later.")
    ] = "",
    kind: Annotated[str, typer.Option(help="fix, release, policy or campaign.")] = "fix",
    version: Annotated[str, typer.Option(help="Version that customers see.")] = "",
    en: Annotated[str, typer.Option(help="What changed, in a customer's English.")] = "",
    zh: Annotated[str, typer.Option(help="What changed, in a customer's Chinese.")] = "",
    check_en: Annotated[str, typer.Option(help="How a customer can see it, English.")] = "",
    check_zh: Annotated[str, typer.Option(help="How a customer can see it, Chinese.")] = "",
    hypothesis: Annotated[str, typer.Option(help="What you expect; hashed into the audit log.")] = "",
    target: Annotated[
        float, typer.Option(help="Hoped-for change of weekly mentions, from -1 (none left) to 0.")
    ] = -0.6,
    by: By = "unknown",
    config: ConfigPath = HERE,
) -> None:
    """Register a change: without --at it waits for its ticket to be done; with --at it is out, and people are told."""
    from vocbot.measure.change import register
    from vocbot.store.tables import Change

    if kind not in ("fix", "release", "policy", "campaign"):
        raise VocbotError(f"--kind {kind}: use fix, release, policy or campaign")
    if not -1 <= target <= 0:
        raise VocbotError(f"--target {target}: write a number from -1 (none left) to 0, such as -0.6 for 60 % fewer")
    if not issue and kind == "fix":
        raise VocbotError("--issue is missing: a fix is about an issue; write --kind release, policy or campaign else")
    change = Change(
        kind=kind,
        version=version,
        what_en=en,
        what_zh=zh,
        check_en=check_en,
        check_zh=check_zh,
        hypothesis=hypothesis,
        target=target,
        added_by=signer(by),
    )
    if at:
        with core(config) as ready, ready.store.write(lock="drain") as session:
            now = ready.clock.now()
            found = named_issue(session, issue) if issue else None
            register(session, found, change, now)
            if found is None:
                ready.loop.out(session, change, _time(at, now), change.added_by)
            else:
                ready.loop.released(session, found, change, _time(at, now), change.added_by)
            name = change.name
    else:
        with opened(config) as here, here.store.write(lock="drain") as session:
            register(session, named_issue(session, issue) if issue else None, change, here.clock.now())
            name = change.name
    print(name)  # noqa: T201


@changes.command("release")
def change_release(
    change: Annotated[str, typer.Argument(help="A change that was registered before, such as CHANGE-3.")],
    at: Annotated[str, typer.Option(help="When it reached customers (ISO time with zone, or `now`).")] = "now",
    by: By = "unknown",
    config: ConfigPath = HERE,
) -> None:
    """Say that a registered change is out, where no ticket says so: people are told, measuring begins."""
    from vocbot.store.tables import Issue

    with core(config) as ready, ready.store.write(lock="drain") as session:
        now, found = ready.clock.now(), named_change(session, change)
        if found.released_at is not None:
            raise VocbotError(f"{found.name} is out already, since {found.released_at.isoformat(timespec='minutes')}")
        if found.issue_id is None:
            ready.loop.out(session, found, _time(at, now), signer(by))
        else:
            ready.loop.released(session, session.get_one(Issue, found.issue_id), found, _time(at, now), signer(by))


@changes.command("watch")
def change_watch(
    change: Annotated[str, typer.Argument(help="A change that is out, such as CHANGE-3.")],
    config: ConfigPath = HERE,
    as_json: AsJson = False,
) -> None:
    """Show the hours and days since a change came out: a daily curve, what rose, fell or is new."""
    from vocbot.measure.watch import watch, watch_facts
    from vocbot.sdk.render.plain import to_plain
    from vocbot.tell.watched import watched_document

    with opened(config) as ready, ready.store.read() as session:
        found = named_change(session, change)
        try:
            facts = watch_facts(found, watch(session, found, ready.clock.now()))
        except ValueError as error:
            raise VocbotError(f"{error}: `vocbot change release {found.name}` says that it is") from None
        if as_json:
            show(facts)
        else:
            document = watched_document(found, facts, ready.settings.language, ready.settings.zone)
            print(to_plain(document))  # noqa: T201


@changes.command("learned")
def change_learned(
    by: Annotated[str, typer.Option(help="kind (of change), owner (department), area, reason or person.")] = "kind",
    config: ConfigPath = HERE,
    as_json: AsJson = False,
) -> None:
    """Show which kinds of changes worked how often, with the interval that so few allow."""
    from dataclasses import asdict

    from vocbot.measure.library import BY, LEAST, library

    if by not in BY:
        raise VocbotError(f"--by {by}: use {', '.join(BY)}")
    with opened(config) as ready, ready.store.read() as session:
        shelves, language = library(session, by), ready.settings.language
        if as_json:
            show([asdict(one) for one in shelves])
            return
        for one in shelves:
            name = word(language, "change", one.name) if by == "kind" else one.name
            name = word(language, "area", one.name) if by == "area" else name or "-"
            figures = {"name": name, "worked": one.worked, "decided": one.decided, "open": one.open}
            if one.low is None or one.high is None:
                line = say(language, "library.few", least=LEAST, **figures)
            else:
                share = f"{one.worked / one.decided:.0%}"
                line = say(
                    language, "library.known", share=share, low=f"{one.low:.0%}", high=f"{one.high:.0%}", **figures
                )
            if one.ratio is not None:
                ends = {"least": f"{one.least_ratio:.2f}", "most": f"{one.most_ratio:.2f}"}
                line += say(language, "library.ratio", ratio=f"{one.ratio:.2f}", **ends)
            if one.came_back or one.worse:
                line += say(language, "library.bad", came_back=one.came_back, worse=one.worse)
            print(line)  # noqa: T201
        print(say(language, "library.note" if shelves else "library.none"))  # noqa: T201


@changes.command("list")
def change_list(config: ConfigPath = HERE) -> None:
    """List the changes and what measuring says of them."""
    from vocbot.screen import change_table

    with opened(config) as ready, ready.store.read() as session:
        change_table(session, ready.settings.zone)


def _time(text: str, now: datetime) -> datetime:
    if text == "now":
        return now
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None:
            time = time.astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last day that Python knows, in another zone
        raise VocbotError(f"--at {text}: not a time; write 2026-11-24T18:00+08:00 or now") from None
    if time.tzinfo is None:
        whole = time.isoformat(timespec="minutes")
        raise VocbotError(f"--at {text}: the zone is missing; write {whole}+08:00, or +00:00 for UTC")
    if time > now:
        raise VocbotError(f"--at {text} is in the future: leave it out, and add the time when it is out")
    return time


@app.command()
def approvals(config: ConfigPath = HERE) -> None:
    """List what waits for a named person's yes."""
    from vocbot.screen import approval_table
    from vocbot.store.approval_list import approval_list

    with opened(config) as ready, ready.store.read() as session:
        approval_table(approval_list(session))


@app.command()
def decide(
    token: Annotated[str, typer.Argument(help="What is decided, as `vocbot approvals` names it.")],
    by: Annotated[str, typer.Option(help="Your name; it goes into the audit log.")],
    reject: Annotated[bool, typer.Option("--reject", help="Say no.")] = False,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    config: ConfigPath = HERE,
) -> None:
    """Approve what waits, or reject it."""
    from vocbot.screen import decided
    from vocbot.sdk.events import Decision

    with core(config) as ready, ready.store.write(lock="drain") as session:
        name = signer(by)
        decision = Decision(token, not reject, name, name, ready.clock.now(), reason or None)
        if not ready.loop.decide(session, decision):
            raise VocbotError(
                decided(session, token, ready.loop.settings.zone)
                or f"nothing waits for {token}; `vocbot approvals` lists what does"
            )
