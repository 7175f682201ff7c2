"""The verb group: what a stream of texts is about, for analysts and for other programs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from vocbot.cli.lines import FileArgument, Lines, ProgressOption

app = typer.Typer()


@app.command()
def group(
    file: FileArgument = None,
    final: Annotated[
        bool, typer.Option("--final", help='Print each once more after the last line, marked "final": true.')
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Name the terms that decided.")] = False,
    embedder: Annotated[
        str, typer.Option(help="wordllama, https://host/v1#model or the folder of a model: what texts mean counts too.")
    ] = "",
    progress: ProgressOption = False,
) -> None:
    """Group lines of {"id", "text", "time"} by what they are about, without labels.

    Prints {"id", "issue"} for each line as decided at that moment; later lines may teach better, which --final shows.
    Texts that fit nowhere have an issue of their own.
    """
    # One thread: as fast on texts as short as these, and the same result on every machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from vocbot.text.grouper import Grouper

    embed = None
    if embedder:
        from vocbot.understand.embedders import open_embedder

        embed = open_embedder(embedder)
    grouper = Grouper(embed)
    kept: list[tuple[str | int, str]] = []

    def shown(id: str | int, text: str, number: int) -> dict[str, Any]:
        answer: dict[str, Any] = {"id": id, "issue": f"G{number}"}
        if explain:
            answer["because"] = [{"term": term, "weight": weight} for term, weight in grouper.explain(text, number)]
        return answer

    with Lines(file, progress) as lines:
        for records in lines.records():
            lines.write([shown(r.id, r.text, grouper.add(r.text)) for r in records])
            if final:
                kept += [(r.id, r.text if explain else "") for r in records]
        if final:
            grouper.review(thorough=True)
            answers: Iterator[dict[str, Any]] = (
                {**shown(id, text, number), "final": True}
                for (id, text), number in zip(kept, grouper.groups(), strict=True)
            )
            lines.write(answers)
