"""The verbs that learn and answer: train a head on labelled rows, and ask heads about lines of text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from vocbot.cli.lines import FileArgument, Lines, ProgressOption
from vocbot.sdk.errors import VocbotError

app = typer.Typer()


@app.command()
def classify(
    file: FileArgument = None,
    head: Annotated[str, typer.Option(help="Ask one head instead of all; with --model, one of your own.")] = "",
    model: Annotated[Path | None, typer.Option(help="What `vocbot train` wrote.", show_default=False)] = None,
    undecided: Annotated[float, typer.Option(help="Answers less sure than this are marked undecided.")] = 0.6,
    explain: Annotated[bool, typer.Option("--explain", help="Say which words decided.")] = False,
    progress: ProgressOption = False,
) -> None:
    """Say what each line is about and how it feels: one JSON line each, in order.

    With --head it prints {"label", "confidence", "undecided"}: the best label always, and how likely it is right.
    """
    if not 0 <= undecided <= 1:
        raise VocbotError(f"--undecided {undecided}: write a share from 0 to 1, such as 0.6")
    if not head or model is None:
        raise VocbotError("name a head and its file: --head NAME --model FILE, as written by `vocbot train`")
    from vocbot.text import headfile
    from vocbot.text.head import Answer

    asked, about = headfile.read(model)
    if about["head"] != head:
        raise VocbotError(f"{model} is a head for {about['head']!r}, not {head!r}")

    def shown(text: str, answer: Answer) -> dict[str, Any]:
        said: dict[str, Any] = {
            "label": answer.label,
            "confidence": round(answer.confidence, 4),
            "undecided": answer.undecided,
        }
        if asked.several:
            said["labels"] = answer.labels
        if explain:
            said["why"] = [reason._asdict() for reason in asked.explain(text, answer.label)]
        return said

    with Lines(file, progress) as lines:
        for texts in lines.texts():
            lines.write(
                shown(text, answer) for text, answer in zip(texts, asked.predict(texts, undecided), strict=True)
            )


@app.command()
def train(
    head: Annotated[str, typer.Argument(help="What it tells apart, such as sentiment, intent or a name of yours.")],
    file: Annotated[Path, typer.Argument(help="CSV file with a row of column names.")],
    text: Annotated[str, typer.Option(help="The column with texts.")],
    label: Annotated[str, typer.Option(help="The column with labels, any words.")],
    out: Annotated[Path, typer.Option(help="Where to write the head.")],
) -> None:
    """Train a head on your own labels; ask it with `vocbot classify --head HEAD --model FILE`.

    Nothing leaves the machine. What it prints was cross-validated: it holds for rows like these that it never saw.
    """
    from vocbot.text import headfile
    from vocbot.text.labelled import read
    from vocbot.text.training import train as trained

    rows = read(file, text, label)
    result = trained(rows.texts, rows.labels)
    about = {"head": head, **result.about}
    headfile.write(result.head, out, about)
    left_out = f" ({rows.unlabelled} without a label were left out)" if rows.unlabelled else ""
    print(  # noqa: T201
        f"{out}: {head}, {about['rows']:,} rows{left_out}, {len(about['labels'])} labels; "
        f"accuracy {about['accuracy']:.3f}, macro-F1 {about['macro_f1']:.3f}, "
        f"confidence off by {about['miscalibration']:.3f}"
    )
