"""A Document survives the payload of a Delivery unchanged, and the last gate sees all of its words."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from vocbot.deliveries.payload import dump, load, strings
from vocbot.deliveries.plan import plan
from vocbot.sdk.document import (
    Bullets,
    Button,
    Buttons,
    Divider,
    Document,
    Figures,
    Heading,
    Link,
    Paragraph,
    Quote,
    Table,
    Text,
)
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.db import Store
from vocbot.store.tables import Delivery

WORDS = st.text(max_size=12)
INLINE = st.builds(Text, WORDS, st.booleans(), st.booleans()) | st.builds(Link, WORDS, WORDS)
RUNS = st.lists(INLINE, max_size=3).map(tuple)


def several(items: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(items, max_size=3).map(tuple)


BLOCKS = (
    st.builds(Heading, WORDS, st.integers(1, 3))
    | st.builds(Paragraph, RUNS)
    | st.builds(Bullets, several(RUNS), st.booleans())
    | st.builds(Quote, WORDS, WORDS)
    | st.builds(Table, several(WORDS), several(several(WORDS)))
    | st.builds(Figures, several(st.tuples(WORDS, WORDS)))
    | st.builds(Buttons, several(st.builds(Button, WORDS, WORDS, WORDS, st.booleans())))
    | st.just(Divider())
)
DOCUMENTS = st.builds(Document, st.sampled_from(("zh", "en")), WORDS, several(BLOCKS))


@given(DOCUMENTS)
def test_a_document_survives(document: Document) -> None:
    assert load(dump(document)) == document


@given(DOCUMENTS)
def test_a_document_survives_as_json_text(document: Document) -> None:
    assert load(json.loads(json.dumps(dump(document)))) == document


def test_a_document_survives_in_both_databases(each_store: Store, clock: HandClock) -> None:
    document = Document(
        "zh", "修好了 \x00 \ud83d", (Paragraph((Text("退款 🎉", bold=True), Link("看", "https://a.b"))), Divider())
    )
    with each_store.write() as session:
        plan(session, key="k", act="ticket", connector="c", now=clock.now(), payload={"document": dump(document)})
    with each_store.read() as session:
        assert load(session.exec(select(Delivery)).one().payload["document"]) == document


def test_every_word_is_seen() -> None:
    document = Document(
        "en",
        "title",
        (
            Heading("heading"),
            Paragraph((Text("text"), Link("link", "https://address"))),
            Bullets(((Text("item"),),)),
            Quote("quote", "where"),
            Table(("head",), (("cell",),)),
            Figures((("label", "value"),)),
            Buttons((Button("button", "approve", "token"),)),
            Divider(),
        ),
    )
    seen = strings(dump(document))
    expected = {"title", "heading", "text", "link", "https://address", "item", "quote", "where", "head", "cell"}
    assert expected | {"label", "value", "button", "token"} <= set(seen)
    assert "Heading" not in seen and "Divider" not in seen


def test_every_word_of_a_list_is_seen() -> None:
    assert strings(["a", ("b", {"kind": "left out", "c": "c"}), 3, None, True]) == ["a", "b", "c"]
