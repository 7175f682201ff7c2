"""The same customer is the same Person, and neither name nor address can be read in the store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from vocbot.listen.people import contact, recognise
from vocbot.sdk.events import Author, Contact
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.audit import facts, verify
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.tables import Identity, Person, VaultEntry

Meet = Callable[..., Person]


@pytest.fixture
def meet(each_store: Store, crypt: Crypt, clock: HandClock) -> Meet:
    """Recognise an author in a transaction of its own."""

    def recognised(source: str, handle: str, name: str | None = None, **contacts: str) -> Person:
        ways = tuple(Contact(kind, value) for kind, value in contacts.items())
        with each_store.write() as session:
            return recognise(session, crypt, source, Author(handle, name, ways), clock.now())

    return recognised


def merge(store: Store, gone: Person, into: Person) -> None:
    with store.write() as session:
        session.get_one(Person, gone.id).merged_into = into.id


def rows(session: Session, table: type) -> int:
    return len(session.exec(select(table)).all())


def test_who_comes_again_is_the_same_person(meet: Meet, each_store: Store, clock: HandClock) -> None:
    first = meet("desk", "77")
    clock.move(timedelta(days=1))
    again = meet("desk", "77", "Ann Example", email="ann@example.com")
    assert again.id == first.id
    assert first.created_at == clock.now() - timedelta(days=1)
    assert first.pseudonym.startswith("P-")
    assert len(first.pseudonym) == 10
    with each_store.read() as session:
        assert (rows(session, Person), rows(session, Identity), rows(session, VaultEntry)) == (1, 1, 2)


def test_others_are_others(meet: Meet) -> None:
    people = [meet("desk", "77"), meet("desk", "78"), meet("shop", "77"), meet("shop", "desk77"), meet("desk", " 77")]
    assert len({person.id for person in people}) == 5
    assert len({person.pseudonym for person in people}) == 5


@pytest.mark.parametrize(
    ("there", "here"),
    [
        ("ann@example.com", "ann@example.com"),
        ("ann@example.com", " Ann@Example.COM "),
        ("ÄNN@example.com", "änn@example.com"),
    ],
)
def test_an_address_joins_the_sources(meet: Meet, there: str, here: str) -> None:
    ann = meet("desk", "77", email=there)
    assert meet("shop", "ann1", email=here).id == ann.id
    assert meet("shop", "ann1").id == ann.id
    assert meet("forum", "ann", phone="+86 138 0013 8000").id != ann.id


@pytest.mark.parametrize("who", [("desk", "77"), ("shop", "ann1")])
def test_two_who_turn_out_to_be_one_are_merged(
    meet: Meet, each_store: Store, crypt: Crypt, clock: HandClock, who: tuple[str, str]
) -> None:
    """Zendesk names no address in most events: it is learned later, when the other is known already."""
    ann = meet("desk", "77")
    ann_too = meet("shop", "ann1")
    other = ("shop", "ann1") if who == ("desk", "77") else ("desk", "77")
    assert meet(*other, email="ann@example.com").id != meet(*who).id
    for _ in range(2):
        assert meet(*who, "Ann", email="Ann@example.com", phone="1").id == ann.id
        assert meet("desk", "77").id == meet("shop", "ann1").id == ann.id
    with each_store.read() as session:
        assert session.get_one(Person, ann_too.id).merged_into == ann.id
        assert contact(session, crypt, ann.id or 0, "email") in ("ann@example.com", "Ann@example.com")
        (fact,) = facts(session, ann_too.pseudonym)
        assert (fact.action, fact.detail, fact.at) == ("merged", {"into": ann.pseudonym}, clock.now())
        assert verify(session) == (1, None)


def test_an_address_is_not_a_number_and_a_name_is_neither(meet: Meet) -> None:
    ann = meet("desk", "77", "Ann", email="12345")
    assert meet("shop", "1", "Ann", phone="12345").id != ann.id


@pytest.mark.parametrize("blank", ["", " \n"])
def test_blank_fields_join_nobody(meet: Meet, each_store: Store, crypt: Crypt, blank: str) -> None:
    ann = meet("desk", "77", blank, email=blank)
    assert meet("desk", "78", blank, email=blank).id != ann.id
    with each_store.read() as session:
        assert rows(session, VaultEntry) == 0
        assert contact(session, crypt, ann.id or 0, "email") is None


def test_merged_people_are_met_as_the_one_that_stands_for_them(meet: Meet, each_store: Store, crypt: Crypt) -> None:
    ann = meet("desk", "77")
    ann_too = meet("shop", "ann1", email="ann@example.com")
    ann_again = meet("forum", "ann", email="ann@example.net")
    merge(each_store, ann_again, ann_too)
    merge(each_store, ann_too, ann)
    assert meet("forum", "ann", phone="123").id == ann.id
    assert meet("chat", "a", email="ann@example.net").id == ann.id  # found by an address, then followed
    with each_store.read() as session:
        assert contact(session, crypt, ann.id or 0, "phone") == "123"
        assert contact(session, crypt, ann.id or 0, "email") == "ann@example.net"
        assert contact(session, crypt, ann_too.id or 0, "email") == "ann@example.net"
    with each_store.write() as session:
        session.get_one(Person, ann_again.id).merged_into = None  # undone
    assert meet("forum", "ann").id == ann_again.id


def test_the_latest_address_counts_and_all_are_kept(meet: Meet, each_store: Store, crypt: Crypt) -> None:
    ann = meet("desk", "77", email="old@example.com")
    meet("desk", "77", email="new@example.com")
    assert meet("shop", "1", email="old@example.com").id == ann.id
    with each_store.read() as session:
        assert contact(session, crypt, ann.id or 0, "email") == "new@example.com"
        assert contact(session, crypt, ann.id or 0, "phone") is None
        assert rows(session, VaultEntry) == 2


def test_an_address_is_kept_as_it_is_written(meet: Meet, each_store: Store, crypt: Crypt) -> None:
    """Some mail servers tell capital letters from small ones."""
    ann = meet("desk", "77", "  安 Ann ", email=" Ann@Example.com ")
    with each_store.read() as session:
        assert contact(session, crypt, ann.id or 0, "email") == "Ann@Example.com"
        assert contact(session, crypt, ann.id or 0, "name") == "安 Ann"


@pytest.mark.parametrize("odd", ["\ud800", "a\x00b", "x" * 10_000, "😀"])
def test_odd_names_lose_no_feedback(meet: Meet, odd: str) -> None:
    assert meet("desk", odd, odd, email=odd).id == meet("desk", odd, odd, email=odd).id


def test_nothing_can_be_read_in_the_files(store: Store, crypt: Crypt, clock: HandClock, tmp_path: Path) -> None:
    author = Author(
        "handle-4711", "Zacharias Example", (Contact("email", "zach@example.com"), Contact("phone", "4915"))
    )
    with store.write() as session:
        recognise(session, crypt, "desk", author, clock.now())
    with store.main.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir()).lower()
    assert b"desk" in kept  # we do look at the right bytes
    for secret in (b"4711", b"zacharias", b"example", b"zach@", b"4915"):
        assert secret not in kept
