"""The verb redact: personal data out of lines of text, for analysts and for other programs."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from vocbot.cli.lines import FileArgument, Lines, ProgressOption

app = typer.Typer()


@app.command()
def redact(
    file: FileArgument = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say why each span was taken for what it is.")] = False,
    cued: Annotated[
        bool,
        typer.Option("--cued-names", help="Only names beside a cue (我叫, 客服, agent, Mr): several times faster."),
    ] = False,
    progress: ProgressOption = False,
) -> None:
    """Replace personal data in each line by placeholders.

    Prints {"text", "spans": [{"type", "start", "end"}]} for each line, in order; start and end count code points of
    the line as it was given. Types: PHONE (mobiles and numbers abroad), LANDLINE, ID_CARD, BANK_CARD, PLATE, VIN,
    EMAIL, QQ, WECHAT, ADDRESS, NAME, IBAN, SSN, PASSPORT, IP, SECRET (passwords, tokens, keys).
    """
    from vocbot.text.redact import Found
    from vocbot.text.redact import redact as redacted
    from vocbot.text.redact_why import why

    def span(text: str, found: Found) -> dict[str, Any]:
        shown: dict[str, Any] = {"type": found.kind, "start": found.start, "end": found.end}
        return {**shown, "why": why(text, found)} if explain else shown

    with Lines(file, progress) as lines:
        for texts in lines.texts():
            done = ((text, redacted(text, not cued)) for text in texts)
            lines.write({"text": r.text, "spans": [span(text, found) for found in r.found]} for text, r in done)
