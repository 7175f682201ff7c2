"""What a ticket means, however it came: polled, pushed as an event, or pushed by a trigger. The one parse path.

A *record* is {"ticket": {...}, "users": [{...}]} with the names of Zendesk's ticket resource. The poll stores it, and
the trigger template in the README builds it. An event's `detail` is the same ticket with fewer fields, ids as strings
and upper-case states. Nothing here talks to anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from connectors.zendesk.config import ZendeskSettings
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import Author, Contact, ConversationChanged, Event, Feedback, Ignored

State = Literal["open", "solved", "closed"]

STATES: Mapping[str, State] = {
    "new": "open",
    "open": "open",
    "pending": "open",
    "hold": "open",
    "solved": "solved",
    "closed": "closed",
    "archived": "closed",
    "deleted": "closed",
    "scrubbed": "closed",
}
GONE = ("deleted", "scrubbed")  # the text is wiped or about to be

# The same channel is named by the API, by events and by the placeholder ticket.via in three ways.
CHANNELS = {"mail": "email", "web_form": "web", "web_service": "api", "web_service_(api)": "api"}

# A thumb on the five-star scale that other sources have.
SCORES = {"good": 5.0, "bad": 1.0}


def read_record(record: Mapping[str, Any], settings: ZendeskSettings) -> Sequence[Event]:
    """The events of one record: the first words of the ticket, and where it stands."""
    ticket = part(record, "ticket")
    listed = record.get("users")
    users = {text(user, "id"): user for user in (listed if isinstance(listed, list) else ()) if isinstance(user, dict)}
    user = users.get(text(ticket, "requester_id"))
    status = text(ticket, "status").casefold()
    found: list[Event] = [] if status in GONE else [first_words(ticket, user, settings)]
    # A trigger writes the state in the language of the account: what cannot be read is left to the poll.
    if status in STATES and text(ticket, "updated_at"):
        found.append(ConversationChanged(need(ticket, "id"), STATES[status], moment(ticket, "updated_at")))
    return found


def first_words(
    ticket: Mapping[str, Any], user: Mapping[str, Any] | None, settings: ZendeskSettings
) -> Feedback | Ignored:
    """The Feedback that opened a ticket. `user` is its requester, where known."""
    if ticket.get("is_public") is False:
        return Ignored("internal ticket: no customer spoke")
    said = words(ticket)
    if not said:
        return Ignored("ticket without words")
    ident = need(ticket, "id")
    return Feedback(
        external_id=f"ticket:{ident}",
        text=said,
        time=moment(ticket, "created_at"),
        channel=channel(ticket),
        author=author(text(ticket, "requester_id"), user or {}),
        conversation=ident,
        score=score(ticket),
        attributes=attributes(ticket, user or {}, settings),
    )


def words(ticket: Mapping[str, Any]) -> str:
    """Subject and description; the description alone where it begins with the subject (Zendesk cuts one from it)."""
    subject = text(ticket, "subject").strip()
    description = text(ticket, "description").strip()
    begin = " ".join(subject.rstrip(".… ").casefold().split())
    if not begin or " ".join(description.casefold().split()).startswith(begin):
        return description
    return f"{subject}\n\n{description}".strip()


def channel(ticket: Mapping[str, Any]) -> str:
    """How the customer wrote: email, web, api, chat, ..."""
    via = ticket.get("via")
    name = text(via, "channel").strip().casefold().replace(" ", "_") if isinstance(via, dict) else ""
    return CHANNELS.get(name, name) or "unknown"


def author(ident: str, user: Mapping[str, Any]) -> Author | None:
    """A Zendesk user; the id is the handle, so that all ways in name the same person alike."""
    if not ident:
        return None
    ways = (Contact(kind, text(user, kind).strip()) for kind in ("email", "phone"))
    return Author(ident, text(user, "name").strip() or None, tuple(way for way in ways if way.value))


def score(ticket: Mapping[str, Any]) -> float | None:
    """The satisfaction rating, 5 for good and 1 for bad; None while the customer has not answered."""
    rating = ticket.get("satisfaction_rating")
    return SCORES.get(text(rating, "score").casefold()) if isinstance(rating, dict) else None


def attributes(ticket: Mapping[str, Any], user: Mapping[str, Any], settings: ZendeskSettings) -> dict[str, str]:
    """The configured custom fields, the tags (parted by spaces) and the requester's language setting."""
    found = {}
    fields = ticket.get("custom_fields")
    for field in fields if isinstance(fields, list) else ():
        name = settings.attributes.get(text(field, "id")) if isinstance(field, dict) else None
        if name and (value := _plain(field.get("value"), ", ")):
            found[name] = value
    for name, value in (("tags", _plain(ticket.get("tags"), " ")), ("locale", text(user, "locale"))):
        if value:
            found.setdefault(name, value)
    return found


def _plain(value: object, joint: str) -> str:
    if isinstance(value, list):
        return joint.join(filter(None, (_plain(item, joint) for item in value)))
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() if isinstance(value, str | int | float) else ""


def part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under `name`. Raises Unparseable."""
    found = value.get(name)
    if not isinstance(found, dict):
        raise Unparseable(f"{name} is not an object")
    return found


def text(value: Mapping[str, Any], name: str) -> str:
    """A string or number as text; "" for anything else: the API gives ids as numbers, events as strings."""
    found = value.get(name)
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def need(value: Mapping[str, Any], name: str) -> str:
    """Like `text`, for what must be there. Raises Unparseable."""
    found = text(value, name)
    if not found:
        raise Unparseable(f"{name} is missing")
    return found


def moment(value: Mapping[str, Any], name: str) -> datetime:
    """A time in UTC. Raises Unparseable for one that is missing, unreadable or has no zone."""
    try:
        found = datetime.fromisoformat(need(value, name))
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unparseable(f"{name} is not a time") from None
    raise Unparseable(f"{name} has no time zone")
