"""Reading ahead in other processes: the same words and meanings, and none missing where a process is killed."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.world import COUPON, said
from vocbot.ahead import Ahead
from vocbot.data import heads, rule_paths
from vocbot.helpers import helpers
from vocbot.listen.parse import Taken
from vocbot.reader import Knowledge
from vocbot.sdk.events import Feedback
from vocbot.text.safe import safe_words
from vocbot.understand.meaning import understander
from vocbot.understand.rulepack import load_packs
from vocbot.understand.rules import Matcher

RULES = rule_paths(["shop"])
NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


@pytest.fixture
def ahead() -> Iterator[Ahead]:
    plain = understander(Matcher(load_packs(RULES)), heads({}), 0.6)
    with helpers(1) as pool:
        yield Ahead(plain, Knowledge(tuple(RULES), (), 0.6, ()), pool)


def taken(*texts: str) -> list[Taken]:
    return [Taken("shop", Feedback(str(n), text, NOW, "chat"), None) for n, text in enumerate(texts)]


def test_what_was_read_ahead_is_what_would_be_read_here(ahead: Ahead, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{said(COUPON)[0]}, my number is 13812345678"
    ahead(taken("now"), taken(text))
    here = safe_words(text, None)
    (meaning,) = ahead.understand([here.text])
    ahead(taken(text), [])
    monkeypatch.setattr("vocbot.ahead.safe_words", None)  # nothing is read here any more
    assert ahead.read(text, None) == here and "138" not in here.text
    assert ahead.understand([here.text]) == [meaning] and meaning.said


def test_a_killed_process_costs_time_and_no_text(ahead: Ahead, caplog: pytest.LogCaptureFixture) -> None:
    texts = [said(COUPON)[0], "another"]
    ahead(taken("now"), taken(*texts))
    for child in multiprocessing.active_children():
        child.kill()
        child.join()
    for number in range(100):  # it goes on before and after it is noticed
        ahead(taken(*texts), taken(f"later {number}"))
        assert ahead.understand([ahead.read(texts[0], None).text])[0].said
        if caplog.records and number > 10:
            break
        time.sleep(0.01)
    assert [r.message for r in caplog.records].count(caplog.records[0].message) == 1
    assert "killed" in caplog.text
