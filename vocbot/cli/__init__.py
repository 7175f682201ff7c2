"""The verbs. Each loads what it needs when it runs, so that `vocbot --help` answers at once."""

from __future__ import annotations

import sys

import typer

from vocbot.cli import (
    classify,
    correct,
    decide,
    feed,
    group,
    keep,
    look,
    operate,
    phrases,
    privacy,
    redact,
    rules,
    setup,
    statistics,
    teach,
    user,
)
from vocbot.sdk.errors import VocbotError

app = typer.Typer(
    help="vocbot closes the loop between what customers say and what a company does.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for part in (
    setup,
    feed,
    look,
    decide,
    operate,
    keep,
    privacy,
    redact,
    classify,
    statistics,
    teach,
    user,
    group,
    phrases,
    rules,
    correct,
    teach,
):
    app.add_typer(part.app)


def main() -> None:
    """Run a verb. A user's mistake is said in one line each and ends with code 1 or 2, never with a traceback."""
    try:
        app()
    except VocbotError as error:
        print(error, file=sys.stderr)  # noqa: T201
        sys.exit(2)
