"""However a quote was shortened, its author's words are found; what others said stays."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import COUPON, CRASH, ILL, said
from vocbot.deliveries.payload import dump
from vocbot.locale import say
from vocbot.privacy.quotes import without, words
from vocbot.sdk.document import Document, Quote, bullets, paragraph
from vocbot.tell.notice_text import own_words
from vocbot.text.guard import Candidate, choose_quotes

NOW = datetime(2026, 11, 3, tzinfo=UTC)
SENTENCES = [text for issue in (COUPON, CRASH, ILL) for lang in ("en", "zh") for text in said(issue, lang)]
TEXTS = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=6, unique=True).map(" ".join)


@given(text=TEXTS, public=st.booleans(), limit=st.integers(20, 160))
def test_a_chosen_quote_is_recognised(text: str, public: bool, limit: int) -> None:
    chosen = choose_quotes([Candidate(text, "P-1", NOW, "chat", public, 1)], min_people=1, limit_chars=limit)
    for quote in chosen:
        document = dump(Document("en", "T", (Quote(quote.text, "chat, 3 Nov"), paragraph("Numbers"))))
        cleaned = without({"document": document}, words([text]))
        assert cleaned is not None
        first, second = cleaned["document"]["blocks"]
        assert first == dump(paragraph(say("en", "forget.removed")))
        assert second == document["blocks"][1]


@given(text=st.sampled_from(SENTENCES), language=st.sampled_from(("en", "zh")))
def test_words_in_a_sentence_are_recognised(text: str, language: str) -> None:
    short = own_words(text)
    if short is None:
        return
    told = say(language, "notice.told", day="3 Nov", words=short)
    document = dump(Document(language, "T", (paragraph(told), bullets([text, "another"]))))
    cleaned = without({"document": document}, words([text]))
    gone = say(language, "forget.removed")
    assert cleaned is not None
    first, second = cleaned["document"]["blocks"]
    assert [run["text"] for run in first["runs"]] == [gone]
    assert [item[0]["text"] for item in second["items"]] == [gone, "another"]


@given(mine=st.sampled_from(SENTENCES), other=st.sampled_from(SENTENCES))
def test_what_others_said_stays(mine: str, other: str) -> None:
    if other in mine or mine in other:
        return
    document = dump(Document("en", "T", (Quote(other), paragraph(f"It was said: “{other}”"), paragraph(mine[:5]))))
    assert without({"document": document, "summary": "s"}, words([mine])) is None


@pytest.mark.parametrize("text", ["", " ", "…", "[PHONE]", "ok"])
def test_next_to_nothing_is_not_everywhere(text: str) -> None:
    document = dump(Document("en", "ok so", (Quote("It is ok to me"), paragraph(""), Quote(""), bullets(["ok then"]))))
    assert without({"document": document}, words([text])) is None
