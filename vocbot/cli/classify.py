"""The verbs that learn and answer: train a head on labelled rows, and ask heads about lines of text."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vocbot.cli.lines import FileArgument, Lines, ProgressOption
from vocbot.sdk.errors import VocbotError

if TYPE_CHECKING:
    from vocbot.text.feeling import Feeling
    from vocbot.text.head import Head

app = typer.Typer()


@app.command()
def classify(
    file: FileArgument = None,
    head: Annotated[str, typer.Option(help="Ask one head instead of all; with --model, one of your own.")] = "",
    model: Annotated[Path | None, typer.Option(help="What `vocbot train` wrote.", show_default=False)] = None,
    undecided: Annotated[float, typer.Option(help="Answers less sure than this are marked undecided.")] = 0.6,
    explain: Annotated[bool, typer.Option("--explain", help="Say which words decided.")] = False,
    by_aspect: Annotated[
        bool, typer.Option("--by-aspect", help="Add how each aspect is felt: the food great, the rider rude.")
    ] = False,
    progress: ProgressOption = False,
) -> None:
    """Say how each line feels, what it wants, what it is about and where on the customer's journey it stands.

    Prints {"sentiment": {"label", "polarity", "confidence", "undecided"}, "intent", "aspects", "stage"} for each line,
    in order. label is positive, neutral or negative, polarity always the likelier side; intent is complaint, question,
    request, wish, praise, leaving, other or undecided; stage is awareness, consider, purchase, delivery, use, service,
    leave or undecided. With --head it prints {"label", "confidence", "undecided"}, the best label always; heads that
    give several labels add "labels".
    """
    if not 0 <= undecided <= 1:
        raise VocbotError(f"--undecided {undecided}: write a share from 0 to 1, such as 0.6")
    if model is not None and not head:
        raise VocbotError(f"--model {model}: say which head it is, --head NAME, as it was trained")
    if head and by_aspect:
        raise VocbotError("--by-aspect asks all heads: leave --head out")
    answers = _of_one(_head(head, model), undecided, explain) if head else _of_all(undecided, explain, by_aspect)
    with Lines(file, progress) as lines:
        for texts in lines.texts():
            lines.write(answers(texts))


Answers = Callable[[Sequence[str]], Iterable[dict[str, Any]]]


def _head(name: str, model: Path | None) -> Head | Feeling:
    from vocbot.data import sentiment_lexicon
    from vocbot.text import headfile
    from vocbot.text.reading import shipped, shipped_heads

    if model is None:
        return shipped_heads(sentiment_lexicon()).sentiment if name == "sentiment" else shipped(name)
    head, about = headfile.read(model)
    if about["head"] != name:
        raise VocbotError(f"{model} is a head for {about['head']!r}, not {name!r}")
    return head


def _of_one(head: Head | Feeling, least: float, explain: bool) -> Answers:
    def answers(texts: Sequence[str]) -> Iterator[dict[str, Any]]:
        for text, answer in zip(texts, head.predict(texts, least), strict=True):
            said: dict[str, Any] = {
                "label": answer.label,
                "confidence": round(answer.confidence, 4),
                "undecided": answer.undecided,
            }
            if head.several:
                said["labels"] = answer.labels
            if explain:
                said["why"] = [reason._asdict() for reason in head.explain(text, answer.label)]
            yield said

    return answers


def _of_all(least: float, explain: bool, by_aspect: bool) -> Answers:
    from vocbot.data import sentiment_lexicon
    from vocbot.text.focus import by_aspect as felt_by_aspect
    from vocbot.text.reading import shipped_heads

    heads = shipped_heads(sentiment_lexicon())

    def answers(texts: Sequence[str]) -> Iterator[dict[str, Any]]:
        for text, reading in zip(texts, heads.read(texts, least), strict=True):
            felt = reading.sentiment
            said: dict[str, Any] = {
                "sentiment": {
                    "label": felt.label,
                    "polarity": felt.polarity,
                    "confidence": round(felt.confidence, 4),
                    "undecided": felt.undecided,
                },
                "intent": reading.intent,
                "aspects": reading.aspects,
                "stage": reading.stage,
            }
            if by_aspect:
                parts = felt_by_aspect(heads, text, reading.aspects, least)
                said["by_aspect"] = {aspect: one.label for aspect, one in parts.items()}
            if explain:
                why = heads.explain(text, reading)
                said["why"] = {name: [reason._asdict() for reason in reasons] for name, reasons in why.items()}
            yield said

    return answers


@app.command()
def train(
    head: Annotated[str, typer.Argument(help="What it tells apart, such as sentiment, intent or a name of yours.")],
    file: Annotated[Path, typer.Argument(help="CSV file with a row of column names.")],
    text: Annotated[str, typer.Option(help="The column with texts.")],
    label: Annotated[str, typer.Option(help="The column with labels, any words.")],
    out: Annotated[Path, typer.Option(help="Where to write the head.")],
    several: Annotated[
        bool, typer.Option("--several", help="A text may have several labels, such as price|taste; or a row for each.")
    ] = False,
    base: Annotated[
        str, typer.Option(help="Correct this head (a file, or one that ships) instead: the rows are its mistakes.")
    ] = "",
) -> None:
    """Train a head on your own labels; ask it with `vocbot classify --head HEAD --model FILE`.

    Nothing leaves the machine. What it prints was cross-validated: it holds for rows like these that it never saw.
    With --base the rows are corrections of a head: keep all of them in one file, and start from the same head again.
    """
    from vocbot.text import headfile
    from vocbot.text.labelled import SIGN, joined, read
    from vocbot.text.training import train as trained
    from vocbot.text.training import train_several

    rows = read(file, text, label)
    if base:
        from vocbot.text.correcting import Lesson, corrected
        from vocbot.text.reading import MODELS

        before, about = headfile.read(Path(base) if Path(base).exists() else MODELS / f"{base}.head")
        texts, labels = joined(rows) if before.several else (rows.texts, [[name] for name in rows.labels])
        lessons = [Lesson(one, tuple(names)) for one, names in zip(texts, labels, strict=True)]
        headfile.write(corrected(before, lessons), out, {**about, "head": head, "corrections": len(texts)})
        print(f"{out}: {head}, {len(texts):,} corrections")  # noqa: T201
        return
    if not several and any(SIGN in name for name in rows.labels):
        print(f"labels with {SIGN} are taken as they are; for several labels a text, add --several", file=sys.stderr)  # noqa: T201
    result = train_several(*joined(rows)) if several else trained(rows.texts, rows.labels)
    about = {"head": head, **result.about}
    headfile.write(result.head, out, about)
    left_out = f" ({rows.unlabelled} without a label were left out)" if rows.unlabelled else ""
    quality = (
        f"micro-F1 {about['micro_f1']:.3f}"
        if several
        else f"accuracy {about['accuracy']:.3f}, macro-F1 {about['macro_f1']:.3f}, "
        f"confidence off by {about['miscalibration']:.3f}"
    )
    print(f"{out}: {head}, {about['rows']:,} rows{left_out}, {len(about['labels'])} labels; {quality}")  # noqa: T201
