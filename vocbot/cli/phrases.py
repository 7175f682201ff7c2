"""The verb phrases: what customers say now and did not say before, in their words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vocbot.cli.lines import FileArgument, Lines, ProgressOption
from vocbot.sdk.errors import VocbotError

app = typer.Typer()


@app.command()
def phrases(
    file: FileArgument = None,
    days: Annotated[int, typer.Option(min=1, help="How many days up to the latest line are now.")] = 7,
    limit: Annotated[int, typer.Option(min=1, help="How many phrases at most.")] = 30,
    site: Annotated[
        Path | None, typer.Option(help="Text file of your own site: says how often it uses each phrase.")
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="The texts are nowhere public: quotes need not be cut to fragments.")
    ] = False,
    progress: ProgressOption = False,
) -> None:
    """Find phrases of now in lines of {"id", "text", "time"}, against the 12 weeks before; "author" tells people apart.

    Prints {"phrase", "mentions", "people", "lift", "quote"} for each, the most striking first. The quote is redacted
    and null where none is safe. Lines without an author count as one person each, copies of one text as one.
    """
    from vocbot.text.spoken import Line, spoken_now

    ours = _read(site) if site is not None else None
    heard: list[Line] = []
    with Lines(file, progress) as lines:
        for records in lines.records():
            heard += [Line(r.text, r.time, None if r.author is None else str(r.author)) for r in records]
        lines.write(
            {
                "phrase": found.text,
                "mentions": found.mentions,
                "people": found.people,
                "lift": round(found.lift, 2),
                "quote": found.quote,
                **({} if ours is None else {"on_site": found.used_in(ours)}),
            }
            for found in spoken_now(heard, days, limit, public=not private)
        )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise VocbotError(f"{path} cannot be read: {error.strerror}") from error
