"""Verbs of those who decide: changes, approvals, decisions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from vocbot.cli.common import HERE, ConfigPath, core, named_issue, opened, signer
from vocbot.sdk.errors import VocbotError

app = typer.Typer()
changes = typer.Typer(help="What the company did and when it reached customers.", no_args_is_help=True)
app.add_typer(changes, name="change")


@changes.command("add")
def change_add(
    issue: Annotated[str, typer.Option(help="The issue it is about, such as VOC-1.")],
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
    by: Annotated[str, typer.Option(help="Your name.", envvar="USER")] = "unknown",
    config: ConfigPath = HERE,
) -> None:
    """Register a change: without --at it waits for its ticket to be done; with --at it is out, and people are told."""
    from vocbot.measure.change import register
    from vocbot.store.tables import Change

    if kind not in ("fix", "release", "policy", "campaign"):
        raise VocbotError(f"--kind {kind}: use fix, release, policy or campaign")
    if not -1 <= target <= 0:
        raise VocbotError(f"--target {target}: write a number from -1 (none left) to 0, such as -0.6 for 60 % fewer")
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
            found = named_issue(session, issue)
            register(session, found, change, now)
            ready.loop.released(session, found, change, _time(at, now), change.added_by)
            name = change.name
    else:
        with opened(config) as here, here.store.write(lock="drain") as session:
            register(session, named_issue(session, issue), change, here.clock.now())
            name = change.name
    print(name)  # noqa: T201


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
