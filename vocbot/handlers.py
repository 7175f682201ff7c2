"""How each kind of act is done: which port it goes through, how it is looked up, what must be true before it leaves.

Before anything leaves, its text passes the last gate, whatever decided it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from sqlmodel import Session

from vocbot.deliveries.payload import load
from vocbot.deliveries.perform import Handler
from vocbot.gate import Gate
from vocbot.listen.people import contact
from vocbot.registry import Configured
from vocbot.sdk.document import Document
from vocbot.sdk.errors import Rejected, Unreachable
from vocbot.sdk.manifest import PortName
from vocbot.sdk.ports import Article, Channel, Editable, Replier, ReplyTo, TicketDraft, TicketTracker
from vocbot.sdk.receipt import Receipt
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.persons import standing
from vocbot.store.tables import Delivery, Person

Settled = Callable[[Session, Delivery], None]


class Peers:
    """The configured connectors, each port built once."""

    def __init__(self, connectors: Mapping[str, Configured]) -> None:
        self._connectors = connectors
        self._built: dict[tuple[str, PortName], Any] = {}
        self._lock = threading.Lock()  # attempts run side by side

    def port(self, connector: str, name: PortName) -> Any:
        """The port of one connector. Raises Rejected where it is not configured (any more)."""
        configured = self._connectors.get(connector)
        if configured is None or not configured.has(name):
            raise Rejected(f"connector {connector} is not configured for {name}")
        with self._lock:
            if (connector, name) not in self._built:
                self._built[connector, name] = configured.port(name)
            return self._built[connector, name]

    def blind(self, connector: str, name: PortName) -> bool:
        """Whether the peer cannot be searched through this port."""
        configured = self._connectors.get(connector)
        return configured is None or name in configured.manifest.blind

    def lag(self, connector: str) -> float:
        """Physical seconds until the peer's search shows a write."""
        configured = self._connectors.get(connector)
        return configured.search_lag if configured else 0.0


@dataclass(frozen=True)
class Act:
    """One kind of act. `one` sends and `look` searches; None: this act cannot be searched for."""

    peers: Peers
    gate: Gate
    name: PortName
    one: Callable[[Any, Delivery], Receipt]
    look: Callable[[Any, Delivery], Receipt | None] | None
    settled_by: Settled
    at_most_once: ClassVar[bool] = False

    def send(self, delivery: Delivery) -> Receipt:
        self.gate.check(delivery)
        return self.one(self._port(delivery), delivery)

    def find(self, delivery: Delivery) -> Receipt | None:
        return self.look(self._port(delivery), delivery) if self.look else None

    def blind(self, delivery: Delivery) -> bool:
        return self.look is None or self.peers.blind(delivery.connector, self.name)

    def lag(self, delivery: Delivery) -> float:
        return self.peers.lag(delivery.connector)

    def next_route(self, delivery: Delivery) -> str | None:
        return None

    def settled(self, session: Session, delivery: Delivery) -> None:
        self.settled_by(session, delivery)

    def _port(self, delivery: Delivery) -> Any:
        return self.peers.port(delivery.connector, self.name)


@dataclass(frozen=True)
class NoticeAct:
    """A message to one customer, by the first of its ways that is open. Sent at most once, whatever happens.

    Where it goes is read when it is sent: the payload knows the kind of address, the vault the address.
    """

    peers: Peers
    gate: Gate
    store: Store
    crypt: Crypt
    settled_by: Settled
    at_most_once: ClassVar[bool] = True

    def send(self, delivery: Delivery) -> Receipt:
        self.gate.check(delivery)
        with self.store.read() as session:
            person = _person(session, delivery)
            if person is None or person.stopped_at is not None:
                raise Rejected("the person is gone or does not want such messages any more; nothing was sent")
        return self._replier(delivery).reply(delivery.key, self._to(delivery), _document(delivery))

    def find(self, delivery: Delivery) -> Receipt | None:
        return self._replier(delivery).find(delivery.key, self._to(delivery))

    def blind(self, delivery: Delivery) -> bool:
        return self.peers.blind(delivery.connector, "replier")

    def lag(self, delivery: Delivery) -> float:
        return self.peers.lag(delivery.connector)

    def next_route(self, delivery: Delivery) -> str | None:
        further: list[dict[str, str]] = delivery.payload["routes"][delivery.route + 1 :]
        return further[0]["connector"] if further else None

    def settled(self, session: Session, delivery: Delivery) -> None:
        self.settled_by(session, delivery)

    def _replier(self, delivery: Delivery) -> Replier:
        replier: Replier = self.peers.port(delivery.connector, "replier")
        return replier

    def _to(self, delivery: Delivery) -> ReplyTo:
        route: dict[str, Any] = delivery.payload["routes"][delivery.route]
        subject = delivery.payload["document"]["title"]
        if "conversation" in route:
            return ReplyTo(route["conversation"], subject)
        with self.store.read() as session:
            person = _person(session, delivery)
            address = contact(session, self.crypt, person.id or 0, route["contact"]) if person else None
        if address is None:
            raise Unreachable(f"no {route['contact']} address in the vault")
        return ReplyTo(address, subject, tuple(route.get("thread", ())))  # planned before there were threads: none


def acts(peers: Peers, store: Store, crypt: Crypt, settled: Settled) -> dict[str, Handler]:
    """Every kind of act by the name it has in Delivery.act."""
    gate = Gate(store)

    def act(name: PortName, one: Any, look: Any) -> Act:
        return Act(peers, gate, name, one, look, settled)

    post = act("channel", _post, _find_post)
    return {
        "ticket": act("ticket_tracker", _create, lambda t, d: t.find(d.key)),
        "update": act("ticket_tracker", lambda t, d: t.update(d.target, _draft(d)), None),
        "comment": act(
            "ticket_tracker",
            lambda t, d: t.comment(d.target, d.key, _document(d)),
            lambda t, d: t.find_comment(d.target, d.key),
        ),
        "link": act("ticket_tracker", _link, None),
        "digest": post,
        "report": post,
        "alert": post,
        "edit": act("channel", _edit, None),
        # an answer goes to an address that takes posts but shows none: it may come twice, never not at all
        "answer": act("channel", _post, None),
        "ask": act(
            "approver",
            lambda a, d: a.ask(d.key, d.target, _document(d)),
            lambda a, d: a.find(d.key, d.target),
        ),
        "settle": act("approver", lambda a, d: a.settle(d.payload["ref"], d.target, _document(d)), None),
        "faq": act("knowledge_base", lambda k, d: k.draft(_article(d)), lambda k, d: k.find(_article(d).key)),
        "publish": act("knowledge_base", lambda k, d: k.publish(d.target, _article(d)), None),
        "notice": NoticeAct(peers, gate, store, crypt, settled),
    }


def _create(tracker: TicketTracker, delivery: Delivery) -> Receipt:
    return tracker.create(_draft(delivery))


def _draft(delivery: Delivery) -> TicketDraft:
    payload = delivery.payload
    due = payload.get("due")
    return TicketDraft(
        key=delivery.key,
        issue=payload["issue"],
        summary=payload["summary"],
        document=_document(delivery),
        priority=payload["priority"],
        labels=tuple(payload["labels"]),
        due=date.fromisoformat(due) if due else None,
        properties=payload["properties"],
    )


def _link(tracker: TicketTracker, delivery: Delivery) -> Receipt:
    tracker.link(delivery.target, delivery.payload["other"])
    return Receipt("sent", delivery.target)


def _post(channel: Channel, delivery: Delivery) -> Receipt:
    return channel.post(delivery.key, delivery.target, _document(delivery))


def _find_post(channel: Channel, delivery: Delivery) -> Receipt | None:
    return channel.find(delivery.key, delivery.target)


def _edit(channel: Channel, delivery: Delivery) -> Receipt:
    if not isinstance(channel, Editable):
        raise Rejected(f"posts of {delivery.connector} cannot be changed")
    return channel.edit(delivery.payload["ref"], delivery.target, _document(delivery))


def _article(delivery: Delivery) -> Article:
    payload = delivery.payload
    key = "faq:" + delivery.key.partition(":")[2]  # one article under one key, whether drafted or published
    return Article(key, payload["title"], _document(delivery), payload["locale"], tuple(payload["labels"]))


def _person(session: Session, delivery: Delivery) -> Person | None:
    person = session.get(Person, delivery.payload["person"])
    return standing(session, person) if person else None


def _document(delivery: Delivery) -> Document:
    return load(delivery.payload["document"])
