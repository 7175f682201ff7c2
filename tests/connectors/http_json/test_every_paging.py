"""The contract for every kind of paging, and: whatever is said when, however it is paged, each item comes once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.http_json import MANIFEST
from connectors.http_json.poll_source import HttpJsonPoll
from connectors.http_json.standin import HttpJsonStandin
from tests.connectors.http_json.polling import KINDS, changed, drain
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.testing.contract import Case, cases

OTHERS = [kind for kind in KINDS if kind != HttpJsonStandin.kind]  # which is what the suite of all connectors runs


def trials() -> Iterator[Any]:
    """Every case for every kind; faults of the wire, to which all kinds are alike, for the one that posts."""
    for case in cases(MANIFEST):
        if str(case).startswith("poll_source"):
            for kind in ["desk"] if "nothing is lost by" in str(case) else OTHERS:
                yield pytest.param(kind, case, id=f"{kind} {case}")


@pytest.mark.parametrize(("kind", "case"), list(trials()))
def test_the_contract(kind: str, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HttpJsonStandin, "kind", kind)
    case.check(MANIFEST, tmp_path)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HttpJsonStandin, HandClock]]:
    clock = HandClock()
    standin = HttpJsonStandin(tmp_path_factory.mktemp("api") / "api.jsonl", clock)
    standin.start()
    yield standin, clock
    standin.stop()


# What happens: so many people speak in this second, seconds go by, a page is read, cursors are forgotten.
STEPS = st.lists(
    st.tuples(st.just("say"), st.integers(1, 5))
    | st.tuples(st.just("wait"), st.integers(1, 90))
    | st.tuples(st.just("read"), st.just(1))
    | st.tuples(st.just("forget"), st.just(1)),
    max_size=20,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from(KINDS),
    way=st.sampled_from(("ascending", "descending", "none")),
    size=st.integers(1, 4),
    lag=st.sampled_from((0, 1, 60)),
    most=st.sampled_from((1, 2, 500)),
    steps=STEPS,
)
def test_each_item_comes_exactly_once(
    world: tuple[HttpJsonStandin, HandClock],
    kind: str,
    way: str,
    size: int,
    lag: int,
    most: int,
    steps: list[tuple[str, int]],
) -> None:
    api, clock = world
    api.forget()
    clock.move(timedelta(days=400))
    api.page_size = size
    api.beyond = "missing" if size % 2 else "empty"
    changes: dict[str, Any] = {"reading": {"order": way, "lag": lag}}
    if way != "ascending":
        changes["reading"]["max_pages"] = 500
    else:
        changes["reading"]["max_pages"] = most
    if way == "descending" and kind != "desk":
        changes["params"] = {"since": None, "order": "desc"}
    elif kind == "desk":
        changes["reading"]["order"] = "ascending"
    plain = api.settings_for(kind)
    came: list[str] = []
    cursor: str | None = None
    said = 0

    def poll() -> HttpJsonPoll:  # a new one each time: all it knows is in the cursor
        return HttpJsonPoll(changed(plain, **changes), Context("api", clock, 3.0))

    for what, count in steps:
        match what:
            case "say":
                for _ in range(count):
                    api.speak(f"words {said}", "sam")
                    said += 1
            case "wait":
                clock.move(timedelta(seconds=count))
            case "forget":
                api.expire()
            case "read":
                page = poll().poll(cursor)
                cursor = page.cursor
                came += [record.event_id.split(":")[0] for record in page.records]
                assert not page.gap
    api.calls_left = None
    ids, cursor, _ = drain(poll(), cursor)
    ids_again, cursor, _ = drain(poll(), cursor)
    came += ids + ids_again
    assert sorted(came) == [str(1001 + number) for number in range(said)]
    assert drain(poll(), cursor)[0] == []
