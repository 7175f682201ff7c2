"""Verbs that correct what heads read in a text, and show what was corrected so far."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from vocbot.cli.common import HERE, By, ConfigPath, opened, signer
from vocbot.sdk.errors import VocbotError

if TYPE_CHECKING:
    from sqlmodel import Session

    from vocbot.store.tables import Feedback

app = typer.Typer()
_SIGN = "|"


@app.command()
def correct(
    feedback: Annotated[str, typer.Argument(help="Its external id, as `vocbot why` lists it.")],
    sentiment: Annotated[str, typer.Option(help="positive, neutral or negative.")] = "",
    intent: Annotated[str, typer.Option(help="Such as complaint, question, request, wish, praise, leaving.")] = "",
    stage: Annotated[str, typer.Option(help="Such as awareness, consider, purchase, delivery, use, service.")] = "",
    severity: Annotated[str, typer.Option(help="low, medium or high.")] = "",
    aspects: Annotated[str, typer.Option(help="All that apply, with | between them, such as price|taste.")] = "",
    source: Annotated[str, typer.Option(help="Where it comes from, if several sources have this id.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take back all that was corrected of it.")] = False,
    by: By = "unknown",
    config: ConfigPath = HERE,
) -> None:
    """Say what is right of a text: later texts like it are read so, others stay as they are.

    Nothing is trained anew and nothing has to be started again. `vocbot corrections` lists them for `vocbot train`.
    """
    given = {
        "sentiment": sentiment,
        "intent": intent,
        "stage": stage,
        "severity": severity,
        "aspects": aspects,
    }
    wanted = {name: [one.strip() for one in told.split(_SIGN) if one.strip()] for name, told in given.items()}
    wanted = {name: labels for name, labels in wanted.items() if labels}
    if bool(wanted) == undo:
        raise VocbotError("say what is right, such as --sentiment negative, or --undo")
    from vocbot.data import heads
    from vocbot.store.audit import append
    from vocbot.text.reading import TAUGHT
    from vocbot.understand.learning import teach, unteach

    with opened(config) as ready, ready.store.write(lock="drain") as session:
        found, now, who = _named(session, feedback, source), ready.clock.now(), signer(by)
        if undo:
            gone = [name for name in TAUGHT if unteach(session, found, name, now)]
            if not gone:
                raise VocbotError(f"nothing of {feedback} was corrected")
            append(session, now, who, "correction undone", f"feedback:{found.id}", heads=gone)
            return
        known = heads(ready.settings.text.heads)
        for name, labels in wanted.items():
            possible = known.labels(name)
            unknown = [one for one in labels if one not in possible]
            if unknown or (len(labels) > 1 and name != "aspects"):
                said = f"{unknown[0]!r} is none" if unknown else "only one applies"
                raise VocbotError(f"--{name}: {said}; write {', '.join(possible)}")
        for name, labels in wanted.items():
            teach(session, found, name, labels, who, now)
            append(session, now, who, "corrected", f"feedback:{found.id}", head=name, labels=labels)


@app.command()
def corrections(
    head: Annotated[str, typer.Argument(help="sentiment, intent, stage, severity or aspects.")],
    config: ConfigPath = HERE,
) -> None:
    """Print what was corrected as CSV with the columns text and label: rows for `vocbot train HEAD`.

    Personal data was taken out of the texts before they were stored.
    """
    from vocbot.text.reading import TAUGHT
    from vocbot.understand.learning import lessons

    if head not in TAUGHT:
        raise VocbotError(f"no head {head!r} is corrected; those that are: {', '.join(TAUGHT)}")
    with opened(config) as ready, ready.store.read() as session:
        rows = csv.writer(sys.stdout, lineterminator="\n")
        rows.writerow(("text", "label"))
        rows.writerows((one.text, _SIGN.join(one.labels)) for one in lessons(session)[head])


def _named(session: Session, external_id: str, source: str) -> Feedback:
    from sqlmodel import col, select

    from vocbot.store.tables import Feedback

    here = [Feedback.external_id == external_id, Feedback.bucket != "superseded"]
    if source:
        here.append(Feedback.source == source)
    found = session.exec(select(Feedback).where(*here).order_by(col(Feedback.id))).all()
    if not found:
        raise VocbotError(f"there is no feedback {external_id}; `vocbot why VOC-1` lists those of an issue")
    if len(found) > 1:
        raise VocbotError(f"{external_id} is in {', '.join(one.source for one in found)}: add --source")
    return found[0]
