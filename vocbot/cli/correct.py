"""Verbs that correct issues by hand: merge, split, rename, priority, undo."""

from __future__ import annotations

from typing import Annotated

import typer

from vocbot.cli.common import HERE, By, ConfigPath, named_issue, opened, signer
from vocbot.sdk.errors import VocbotError

app = typer.Typer()
issue_app = typer.Typer(
    help="Correct issues: merge, split, rename, priority; undo takes the latest back.", no_args_is_help=True
)
app.add_typer(issue_app, name="issue")

Name = Annotated[str, typer.Argument(help="An issue such as VOC-7.")]


@issue_app.command("merge")
def merge(
    issue: Name,
    into: Annotated[str, typer.Argument(help="The issue it is part of.")],
    by: By = "unknown",
    config: ConfigPath = HERE,
) -> None:
    """Make one issue part of another: what was said of it, and what will be."""
    from vocbot.understand import correct

    with opened(config) as ready, ready.store.write(lock="drain") as session:
        correct.merge(session, named_issue(session, issue), named_issue(session, into), signer(by), ready.clock.now())


@issue_app.command("split")
def split(
    issue: Name,
    saying: Annotated[str, typer.Option(help="Words that stand in what belongs to the new issue.")],
    title: Annotated[str, typer.Option(help="Its title; nothing: those words.")] = "",
    by: By = "unknown",
    config: ConfigPath = HERE,
) -> None:
    """Make a new issue of a part of one; prints its name. Later texts like these go to it."""
    from vocbot.understand import correct

    with opened(config) as ready, ready.store.write(lock="drain") as session:
        found = named_issue(session, issue)
        part = correct.split(session, found, saying, title.strip(), signer(by), ready.clock.now()).name
    print(part)  # noqa: T201


@issue_app.command("rename")
def rename(
    issue: Name,
    en: Annotated[str, typer.Option(help="The English title.")] = "",
    zh: Annotated[str, typer.Option(help="The Chinese title.")] = "",
    by: By = "unknown",
    config: ConfigPath = HERE,
) -> None:
    """Give an issue another title."""
    from vocbot.understand import correct

    if not (en.strip() or zh.strip()):
        raise VocbotError("no title was given: write --en, --zh or both")
    with opened(config) as ready, ready.store.write(lock="drain") as session:
        correct.rename(session, named_issue(session, issue), zh, en, signer(by), ready.clock.now())


@issue_app.command("priority")
def priority(
    issue: Name,
    band: Annotated[str, typer.Argument(help="P1, P2, P3 or P4; `formula` leaves it to the formula again.")],
    why: Annotated[str, typer.Option(help="Why; it stands in the ticket and in the audit log.")] = "",
    by: By = "unknown",
    config: ConfigPath = HERE,
) -> None:
    """Choose the priority of an issue: it stays until somebody takes it back, whatever the numbers say."""
    from vocbot.understand import correct

    wanted = band.strip().upper()
    if wanted not in ("P1", "P2", "P3", "P4", "FORMULA"):
        raise VocbotError(f"{band}: write P1, P2, P3 or P4, or `formula` to leave it to the formula again")
    if wanted != "FORMULA" and not why.strip():
        raise VocbotError("--why is missing: whoever reads the ticket wants to know why it is not by the formula")
    with opened(config) as ready, ready.store.write(lock="drain") as session:
        found, chosen = named_issue(session, issue), "" if wanted == "FORMULA" else wanted
        correct.prioritise(session, found, chosen, why.strip(), signer(by), ready.clock.now())


@issue_app.command("undo")
def undo(issue: Name, by: By = "unknown", config: ConfigPath = HERE) -> None:
    """Take back the latest merge, split, rename or priority of an issue; prints what it was."""
    from vocbot.understand import correct

    with opened(config) as ready, ready.store.write(lock="drain") as session:
        was = correct.undo(session, named_issue(session, issue), signer(by), ready.clock.now())
    print(was)  # noqa: T201
