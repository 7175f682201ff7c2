"""Ask a source for its first pages and show what would be understood, without keeping anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vocbot.registry import Configured
from vocbot.sdk import events
from vocbot.sdk.errors import CursorExpired, Rejected, Retryable, Unparseable, VocbotError
from vocbot.sdk.ports import Context, PollSource
from vocbot.sdk.wire import Inbound, Page, Record
from vocbot.text.safe import safe_words

SHOWN = 3  # pieces of feedback, or events


@dataclass
class Trial:
    """What came: how many of each kind of event, the first feedback without personal data, what was not understood."""

    records: int = 0
    pages: int = 0
    more: bool = False
    kinds: dict[str, int] = field(default_factory=dict)
    shown: list[Mapping[str, object]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    explained: Sequence[str] = ()


def try_source(name: str, connector: Configured, context: Context, pages: int) -> Trial:
    """Read up to `pages` pages from the beginning. Raises VocbotError where the source cannot be read."""
    if not connector.has("poll_source"):
        raise VocbotError(f"{name} ({connector.manifest.id}) is not polled; `vocbot check --curl` tries webhooks")
    source: PollSource = connector.port("poll_source")
    trial, cursor = Trial(), None
    while trial.pages < pages:
        page = _page(name, source, cursor)
        trial.pages, trial.more, cursor = trial.pages + 1, page.more, page.cursor
        for record in page.records:
            _look(trial, source, record, context)
        if not trial.explained and page.records and (explain := getattr(source, "explain", None)) is not None:
            trial.explained = _explained(explain, page.records[0])
        if not page.more:
            break
    return trial


def _page(name: str, source: PollSource, cursor: str | None) -> Page:
    try:
        return source.poll(cursor)
    except (Retryable, Rejected, CursorExpired) as error:
        raise VocbotError(f"{name}: {error}") from None


def _look(trial: Trial, source: PollSource, record: Record, context: Context) -> None:
    trial.records += 1
    try:
        found = source.parse(Inbound("poll", record.event_id, record.body, {}, context.clock.now()))
    except Unparseable as error:
        trial.unread.append(str(error))
        return
    for event in found:
        kind = type(event).__name__
        trial.kinds[kind] = trial.kinds.get(kind, 0) + 1
        if isinstance(event, events.Unsupported):
            trial.unread.append(f"event type {event.type[:80]} is not known")
        spoken = event.feedback if isinstance(event, events.CustomerReply) else event
        if len(trial.shown) < SHOWN:
            if isinstance(spoken, events.Feedback):
                trial.shown.append(_facts(spoken))
            elif isinstance(spoken, events.CustomerEvent):
                trial.shown.append(_met(spoken))


def _facts(event: events.Feedback) -> dict[str, object]:
    """A piece of feedback as it would be kept; whether there is an author, but not who."""
    author = event.author
    return {
        "id": event.external_id,
        "time": event.time.isoformat(),
        "text": safe_words(event.text, author.name if author else None).text,
        "author": author is not None,
        "contacts": sorted({contact.kind for contact in author.contacts}) if author else [],
        "channel": event.channel,
        "score": event.score,
        "conversation": event.conversation is not None,
        "attributes": {k: safe_words(v, None).text for k, v in event.attributes.items()},
    }


def _met(event: events.CustomerEvent) -> dict[str, object]:
    """What somebody did or met, as it would be kept; not who."""
    return {
        "id": event.external_id,
        "time": event.time.isoformat(),
        "event": safe_words(event.kind, None).text,
        "contacts": sorted({contact.kind for contact in event.author.contacts}),
        "attributes": {k: safe_words(v, None).text for k, v in event.attributes.items()},
    }


def _explained(explain: object, record: Record) -> Sequence[str]:
    assert callable(explain)
    try:
        return list(explain(record))
    except Unparseable as error:
        return [str(error)]
