"""What goes through which port, what never leaves the house, and by which way a customer is written to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import BaseModel
from sqlmodel import select

from vocbot.deliveries.payload import dump
from vocbot.deliveries.perform import Performer
from vocbot.deliveries.plan import plan
from vocbot.handlers import Peers, acts
from vocbot.listen.people import recognise
from vocbot.registry import Configured
from vocbot.sdk.document import (
    Block,
    Bullets,
    Button,
    Buttons,
    Document,
    Figures,
    Heading,
    Link,
    Paragraph,
    Quote,
    Table,
    Text,
    paragraph,
)
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Unreachable
from vocbot.sdk.events import Author, Contact
from vocbot.sdk.manifest import Manifest, PortName
from vocbot.sdk.ports import Article, Context, ReplyTo, TicketDraft
from vocbot.sdk.receipt import Receipt
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.tables import Delivery, Person

PORTS: tuple[PortName, ...] = ("ticket_tracker", "channel", "replier", "approver", "knowledge_base")
PHONE, ADDRESS = "13800138000", "mei.chen@example.com"
DOCUMENT = Document("en", "The title", (paragraph("Hello"),))


class NoSettings(BaseModel):
    """Nothing to set."""


class Recorder:
    """Every port of one connector: notes what is called, answers what `says` holds, raises what is an error."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.says: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            self.calls.append((name, *arguments))
            answer = self.says.get(name, Receipt("sent", "ref"))
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


@dataclass(frozen=True)
class Fake(Configured):
    """A configured connector whose ports are all the same recorder."""

    recorder: Recorder = field(default_factory=Recorder)
    built: list[PortName] = field(default_factory=list)

    def port(self, name: PortName) -> Any:
        self.built.append(name)
        return self.recorder


def fake(clock: HandClock, blind: tuple[PortName, ...] = (), lag: float = 0.0, without: str = "") -> Fake:
    manifest = Manifest(
        id="fake",
        title="Fake",
        settings="",
        ports={name: "" for name in PORTS if name != without},
        standin="",
        checked_against="documents",
        find_lag=99.0,
        blind=frozenset(blind),
    )
    return Fake(manifest, NoSettings(), Context("fake", clock), lag)


@dataclass
class House:
    """The acts over two connectors: a desk, which is everything, and a mailer."""

    store: Store
    clock: HandClock
    crypt: Crypt
    desk: Fake
    mail: Fake
    settled: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.peers = Peers({"desk": self.desk, "mail": self.mail})
        self.acts = acts(self.peers, self.store, self.crypt, lambda _s, d: self.settled.append(d.state))

    def delivery(self, act: str, connector: str = "desk", key: str = "", **payload: Any) -> Delivery:
        payload = {**PAYLOADS[act], **payload}
        return Delivery(id=1, key=key or f"{act}:VOC-1", act=act, connector=connector, target="T", payload=payload)

    def person(self, *contacts: Contact) -> int:
        with self.store.write() as session:
            person = recognise(session, self.crypt, "desk", Author("h1", "Mei", contacts), self.clock.now())
            assert person.id is not None
            return person.id

    def notice(self, person: int, *routes: dict[str, Any]) -> Delivery:
        return self.delivery("notice", routes[0]["connector"], person=person, routes=list(routes))


@pytest.fixture
def house(store: Store, clock: HandClock, crypt: Crypt) -> House:
    return House(store, clock, crypt, fake(clock, lag=4.0), fake(clock, lag=7.0))


CHAT = {"connector": "desk", "conversation": "c-17"}
MAIL = {"connector": "mail", "contact": "email"}
WORDS = {"document": dump(DOCUMENT)}
TICKET = {
    **WORDS,
    "issue": "VOC-1",
    "summary": "Refunds are late",
    "priority": "P2",
    "labels": ["voc", "voc-1"],
    "properties": {"first_seen": "2026-11-03T09:07:00+00:00"},
}
ENTRY = {**WORDS, "draft": 3, "title": "Where is my refund?", "locale": "en", "labels": ["voc"]}
PAYLOADS: dict[str, dict[str, Any]] = {
    "ticket": TICKET,
    "update": TICKET,
    "comment": WORDS,
    "link": {"other": "10001"},
    "digest": WORDS,
    "report": WORDS,
    "alert": WORDS,
    "edit": {**WORDS, "ref": "m1"},
    "answer": WORDS,
    "ask": WORDS,
    "settle": {**WORDS, "ref": "m1"},
    "faq": ENTRY,
    "publish": ENTRY,
    "notice": {**WORDS, "notice": 5, "person": 1, "routes": [CHAT]},
}


def draft(key: str, due: date | None = None) -> TicketDraft:
    properties = {"first_seen": "2026-11-03T09:07:00+00:00"}
    return TicketDraft(key, "VOC-1", "Refunds are late", DOCUMENT, "P2", ("voc", "voc-1"), due, properties)


ARTICLE = Article("faq:VOC-1", "Where is my refund?", DOCUMENT, "en", ("voc",))
CHATTER = ReplyTo("c-17", "The title")
# the port, the call that sends, the call that looks for it
TABLE: dict[str, tuple[PortName, tuple[Any, ...], tuple[Any, ...]]] = {
    "ticket": ("ticket_tracker", ("create", draft("ticket:VOC-1")), ("find", "ticket:VOC-1")),
    "update": ("ticket_tracker", ("update", "T", draft("update:VOC-1")), ()),
    "comment": ("ticket_tracker", ("comment", "T", "comment:VOC-1", DOCUMENT), ("find_comment", "T", "comment:VOC-1")),
    "link": ("ticket_tracker", ("link", "T", "10001"), ()),
    "digest": ("channel", ("post", "digest:VOC-1", "T", DOCUMENT), ("find", "digest:VOC-1", "T")),
    "report": ("channel", ("post", "report:VOC-1", "T", DOCUMENT), ("find", "report:VOC-1", "T")),
    "alert": ("channel", ("post", "alert:VOC-1", "T", DOCUMENT), ("find", "alert:VOC-1", "T")),
    "edit": ("channel", ("edit", "m1", "T", DOCUMENT), ()),
    "answer": ("channel", ("post", "answer:VOC-1", "T", DOCUMENT), ()),
    "ask": ("approver", ("ask", "ask:VOC-1", "T", DOCUMENT), ("find", "ask:VOC-1", "T")),
    "settle": ("approver", ("settle", "m1", "T", DOCUMENT), ()),
    "faq": ("knowledge_base", ("draft", ARTICLE), ("find", "faq:VOC-1")),
    "publish": ("knowledge_base", ("publish", "T", ARTICLE), ()),
    "notice": ("replier", ("reply", "notice:VOC-1", CHATTER, DOCUMENT), ("find", "notice:VOC-1", CHATTER)),
}
FOUND = sorted(act for act, (_, _, look) in TABLE.items() if look)
TALKING = sorted(set(PAYLOADS) - {"link"})


def test_the_tables_here_are_complete(house: House) -> None:
    assert set(house.acts) == set(PAYLOADS) == set(TABLE)


# -- which port


@pytest.mark.parametrize("act", sorted(PAYLOADS))
def test_sending(house: House, act: str) -> None:
    house.person()
    receipt = house.acts[act].send(house.delivery(act))
    assert house.desk.recorder.calls == [TABLE[act][1]]
    assert house.desk.built == [TABLE[act][0]]
    assert receipt == (Receipt("sent", "T") if act == "link" else Receipt("sent", "ref"))


@pytest.mark.parametrize("act", FOUND)
def test_finding(house: House, act: str) -> None:
    house.person()
    assert house.acts[act].find(house.delivery(act)) == Receipt("sent", "ref")
    assert house.desk.recorder.calls == [TABLE[act][2]]
    house.desk.recorder.says = {TABLE[act][2][0]: None}
    assert house.acts[act].find(house.delivery(act)) is None


@pytest.mark.parametrize("act", sorted(PAYLOADS))
def test_what_cannot_be_looked_for_is_blind(house: House, act: str) -> None:
    assert house.acts[act].blind(house.delivery(act)) == (act not in FOUND)
    assert house.acts[act].lag(house.delivery(act)) == 4.0  # the configured one


@pytest.mark.parametrize("act", FOUND)
def test_the_manifest_says_which_ports_are_blind(store: Store, clock: HandClock, crypt: Crypt, act: str) -> None:
    other: PortName = "channel" if TABLE[act][0] != "channel" else "approver"
    for port, expected in ((TABLE[act][0], True), (other, False)):
        house = House(store, clock, crypt, fake(clock, blind=(port,)), fake(clock))
        assert house.acts[act].blind(house.delivery(act)) == expected


def test_only_customers_are_written_to_at_most_once(house: House) -> None:
    assert [name for name, act in house.acts.items() if act.at_most_once] == ["notice"]


def test_a_due_date_comes_back(house: House) -> None:
    house.acts["ticket"].send(house.delivery("ticket", due="2026-11-17"))
    assert house.desk.recorder.calls == [("create", draft("ticket:VOC-1", date(2026, 11, 17)))]


def test_what_follows_is_handed_on(house: House) -> None:
    with house.store.write() as session:
        for name, act in house.acts.items():
            delivery = house.delivery(name)
            delivery.state = name
            act.settled(session, delivery)
    assert house.settled == list(house.acts)


# -- a connector that is not there (any more)


@pytest.mark.parametrize("act", sorted(PAYLOADS))
def test_an_unknown_connector_is_a_refusal(house: House, act: str) -> None:
    delivery = house.delivery(act, "gone", person=house.person(), routes=[{"connector": "gone", "conversation": "c"}])
    with pytest.raises(Rejected, match="connector gone is not configured for"):
        house.acts[act].send(delivery)
    assert house.acts[act].blind(delivery)
    assert house.acts[act].lag(delivery) == 0.0


@pytest.mark.parametrize("act", sorted(PAYLOADS))
def test_a_connector_without_the_port_is_a_refusal(store: Store, clock: HandClock, crypt: Crypt, act: str) -> None:
    house = House(store, clock, crypt, fake(clock, without=TABLE[act][0]), fake(clock))
    house.person()
    with pytest.raises(Rejected, match=f"connector desk is not configured for {TABLE[act][0]}"):
        house.acts[act].send(house.delivery(act))
    assert house.desk.built == []


def test_a_port_is_built_once(clock: HandClock) -> None:
    class Slow(Fake):
        def port(self, name: PortName) -> Any:
            threading.Event().wait(0.05)
            return super().port(name)

    desk = Slow(**fake(clock).__dict__)
    peers = Peers({"desk": desk})
    threads = [threading.Thread(target=peers.port, args=("desk", name)) for name in 3 * ("channel", "approver")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(desk.built) == ["approver", "channel"]


# -- the last gate


@pytest.mark.parametrize("act", TALKING)
def test_a_phone_number_does_not_leave(house: House, act: str) -> None:
    house.person()
    leaking = dump(Document("zh", "标题", (Quote(f"请打 {PHONE} 找我"),)))
    with pytest.raises(Rejected, match=r"personal data in the text \(PHONE\); nothing was sent") as refusal:
        house.acts[act].send(house.delivery(act, document=leaking))
    assert house.desk.recorder.calls == []
    assert PHONE not in str(refusal.value)


@pytest.mark.parametrize(
    "block",
    [
        Heading(PHONE),
        Paragraph((Text("call "), Text(PHONE, bold=True))),
        Paragraph((Link("call", f"https://example.com/call?number={PHONE}"),)),
        Paragraph((Link(PHONE, "https://example.com"),)),
        Bullets(((Text("one"),), (Text(PHONE),))),
        Quote("good", f"from {PHONE}"),
        Table(("who",), (("one",), (PHONE,))),
        Table((PHONE,), ()),
        Figures((("calls", PHONE),)),
        Figures(((PHONE, "3"),)),
        Buttons((Button(f"call {PHONE}", "approve", "t"),)),
    ],
)
def test_wherever_it_stands(house: House, block: Block) -> None:
    with pytest.raises(Rejected, match="PHONE"):
        house.acts["report"].send(house.delivery("report", document=dump(Document("en", "t", (block,)))))
    assert house.desk.recorder.calls == []


@pytest.mark.parametrize(
    ("act", "part", "value"),
    [
        ("ticket", "summary", f"Call {PHONE}"),
        ("ticket", "labels", ["voc", ADDRESS]),
        ("update", "summary", f"Write to {ADDRESS}"),
        ("faq", "title", f"Is {PHONE} your number?"),
        ("publish", "title", f"Is {PHONE} your number?"),
        ("publish", "labels", [ADDRESS]),
        ("digest", "document", dump(Document("en", f"For {ADDRESS}", ()))),
    ],
)
def test_not_only_the_document(house: House, act: str, part: str, value: Any) -> None:
    with pytest.raises(Rejected, match="personal data in the text"):
        house.acts[act].send(house.delivery(act, **{part: value}))
    assert house.desk.recorder.calls == []


def test_a_refusal_at_the_gate_is_the_end(house: House) -> None:
    with house.store.write() as session:
        leaking = {"document": dump(Document("en", "t", (paragraph(f"write to {ADDRESS}"),)))}
        planned = plan(session, key="k", act="report", connector="desk", now=house.clock.now(), payload=leaking)
        assert planned is not None and planned.id is not None
        planned.state, planned.attempt = "queued", 1
    Performer(house.store, house.clock, house.acts, 15.0)(planned.id, 1)
    with house.store.read() as session:
        row = session.exec(select(Delivery)).one()
    assert (row.state, row.error) == ("rejected", "personal data in the text (EMAIL); nothing was sent")
    assert (house.settled, house.desk.recorder.calls) == (["rejected"], [])


# -- to a customer


def test_the_address_comes_from_the_vault_when_it_is_sent(house: House) -> None:
    person = house.person(Contact("phone", PHONE), Contact("email", ADDRESS))
    notice = house.notice(person, MAIL)
    assert ADDRESS not in json.dumps(notice.payload)
    house.acts["notice"].send(notice)
    assert house.mail.recorder.calls == [("reply", "notice:VOC-1", ReplyTo(ADDRESS, "The title"), DOCUMENT)]
    house.person(Contact("email", "new@example.com"))
    house.acts["notice"].find(notice)
    assert house.mail.recorder.calls[1] == ("find", "notice:VOC-1", ReplyTo("new@example.com", "The title"))
    assert house.desk.recorder.calls == []


def test_without_an_address_this_way_is_closed(house: House) -> None:
    notice = house.notice(house.person(Contact("phone", PHONE)), MAIL)
    with pytest.raises(Unreachable, match="no email address in the vault"):
        house.acts["notice"].send(notice)
    assert house.mail.recorder.calls == []


def test_a_merged_person_is_written_to_at_the_address_of_both(house: House) -> None:
    with house.store.write() as session:
        other = recognise(
            session, house.crypt, "mail", Author("h2", None, (Contact("email", ADDRESS),)), house.clock.now()
        )
    person = house.person()
    with house.store.write() as session:
        session.get_one(Person, person).merged_into = other.id
    house.acts["notice"].send(house.notice(person, MAIL))
    assert house.mail.recorder.calls[0][2].ref == ADDRESS


def test_a_letter_joins_the_thread_of_the_complaint(house: House) -> None:
    person = house.person(Contact("email", ADDRESS))
    notice = house.notice(person, {**MAIL, "thread": ["root@example.com", "m2@example.com"]})
    house.acts["notice"].send(notice)
    to = ReplyTo(ADDRESS, "The title", ("root@example.com", "m2@example.com"))
    assert house.mail.recorder.calls == [("reply", "notice:VOC-1", to, DOCUMENT)]


@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize("route", [CHAT, MAIL])
def test_who_asked_to_stop_after_it_was_planned_gets_nothing(house: House, route: dict[str, str], merged: bool) -> None:
    person = house.person(Contact("email", ADDRESS))
    with house.store.write() as session:
        stopping = session.get_one(Person, person)
        if merged:
            other = Person(pseudonym="P-OTHER", created_at=house.clock.now())
            session.add(other)
            session.flush()
            stopping.merged_into, stopping = other.id, other
        stopping.stopped_at = house.clock.now()
    with pytest.raises(Rejected, match="does not want such messages") as refusal:
        house.acts["notice"].send(house.notice(person, route))
    assert not isinstance(refusal.value, Unreachable)  # another way would be no better
    assert house.desk.recorder.calls == house.mail.recorder.calls == []


@pytest.mark.parametrize("route", [CHAT, MAIL])
def test_who_was_erased_gets_nothing(house: House, route: dict[str, str]) -> None:
    with pytest.raises(Rejected, match="gone"):
        house.acts["notice"].send(house.notice(4711, route))
    assert house.desk.recorder.calls == house.mail.recorder.calls == []


def performed(house: House, *routes: dict[str, str], contacts: tuple[Contact, ...]) -> Delivery:
    """A notice, performed until it ends or waits for the future."""
    payload = {**PAYLOADS["notice"], "person": house.person(*contacts), "routes": list(routes)}
    with house.store.write() as session:
        planned = plan(
            session,
            key="notice:P-1:CHANGE-1",
            act="notice",
            connector=routes[0]["connector"],
            now=house.clock.now(),
            payload=payload,
        )
        assert planned is not None and planned.id is not None
    perform = Performer(house.store, house.clock, house.acts, 15.0)
    for attempt in range(1, 9):
        with house.store.write() as session:
            row = session.get_one(Delivery, planned.id)
            if row.state != "planned" or row.due_at > house.clock.now():
                return row
            row.state, row.attempt = "queued", attempt
        perform(planned.id, attempt)
    raise AssertionError("it does not end")


def test_a_closed_conversation_is_answered_by_mail(house: House) -> None:
    house.desk.recorder.says = {"reply": Unreachable("the conversation is closed")}
    row = performed(house, CHAT, MAIL, contacts=(Contact("email", ADDRESS),))
    assert (row.state, row.route, row.connector, row.attempt) == ("sent", 1, "mail", 2)
    assert [call[0] for call in house.desk.recorder.calls] == ["reply"]
    assert house.mail.recorder.calls == [("reply", "notice:P-1:CHANGE-1", ReplyTo(ADDRESS, "The title"), DOCUMENT)]
    assert house.settled == ["sent"]
    assert ADDRESS not in json.dumps([row.payload, row.receipt, row.error, row.target, row.key])


def test_where_no_way_is_open(house: House) -> None:
    house.desk.recorder.says = {"reply": Unreachable("the conversation is closed")}
    row = performed(house, CHAT, MAIL, contacts=())
    assert (row.state, row.error, house.settled) == ("rejected", "no email address in the vault", ["rejected"])


def test_another_refusal_opens_no_other_way(house: House) -> None:
    house.desk.recorder.says = {"reply": Rejected("HTTP 422")}
    row = performed(house, CHAT, MAIL, contacts=(Contact("email", ADDRESS),))
    assert (row.state, row.route, house.mail.recorder.calls) == ("rejected", 0, [])


def test_a_doubtful_notice_is_looked_for_where_it_went(store: Store, clock: HandClock, crypt: Crypt) -> None:
    house = House(store, clock, crypt, fake(clock), fake(clock, blind=("replier",)))
    notice = house.notice(house.person(Contact("email", ADDRESS)), CHAT, MAIL)
    act = house.acts["notice"]
    assert (act.blind(notice), act.next_route(notice)) == (False, "mail")
    notice.route, notice.connector = 1, "mail"
    assert (act.blind(notice), act.next_route(notice)) == (True, None)
    assert act.next_route(house.notice(1, MAIL)) is None


def test_mail_of_unknown_outcome_is_not_repeated(store: Store, clock: HandClock, crypt: Crypt) -> None:
    house = House(store, clock, crypt, fake(clock), fake(clock, blind=("replier",)))
    house.mail.recorder.says = {"reply": OutcomeUnknown("no answer")}
    row = performed(house, MAIL, contacts=(Contact("email", ADDRESS),))
    assert (row.state, row.doubt, len(house.mail.recorder.calls)) == ("unknown", True, 1)


def test_a_reply_of_unknown_outcome_is_looked_for(house: House) -> None:
    house.desk.recorder.says = {"reply": OutcomeUnknown("no answer"), "find": Receipt("already", "a1")}
    row = performed(house, CHAT, contacts=())
    assert (row.state, row.doubt) == ("planned", True)
    assert row.due_at == house.clock.now() + timedelta(seconds=15.0 + 4.0)
