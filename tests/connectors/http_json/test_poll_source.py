"""Reading on, what an odd answer means, and what the cursor holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.http_json.poll_source import HttpJsonPoll
from connectors.http_json.standin import HttpJsonStandin
from tests.connectors.http_json.polling import KINDS, drain
from vocbot.sdk.errors import CursorExpired, Rejected, Retryable
from vocbot.sdk.events import Contact, Feedback
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.testing.standin import Fault
from vocbot.sdk.wire import Inbound

Poller = Callable[..., HttpJsonPoll]
SECOND = timedelta(seconds=1)


def fill(api: HttpJsonStandin, clock: HandClock, count: int, apart: timedelta = SECOND) -> list[str]:
    made = []
    for number in range(count):
        clock.move(apart)
        made.append(str(api.say(f"problem {number}", "sam", clock.now())))
    return made


def asked(api: HttpJsonStandin) -> list[dict[str, str]]:
    return [entry["query"] for entry in api.log()]


# -- what is asked for


@pytest.mark.parametrize("kind", KINDS)
def test_everything_comes_once_and_then_only_news(
    api: HttpJsonStandin, poller: Poller, clock: HandClock, kind: str
) -> None:
    made = fill(api, clock, 45)
    ids, cursor, pages = drain(poller(kind), None)
    assert ids == made
    assert len(pages) == {"none": 1, "page": 4, "offset": 4}.get(kind, 3)
    assert {page.gap for page in pages} == {""}
    assert pages[0].newest is not None and pages[0].newest <= clock.now()
    assert drain(poller(kind), cursor)[0] == []
    late = str(api.say("late", "sam", clock.now()))  # of the same second
    ids, cursor, _ = drain(poller(kind), cursor)
    assert ids == [late]
    clock.move(timedelta(hours=3))
    assert drain(poller(kind), cursor)[0] == []
    api.speak("new", "kim")
    assert drain(poller(kind), cursor)[0] == [str(int(late) + 1)]


@pytest.mark.parametrize("kind", KINDS)
def test_items_are_read_as_feedback(api: HttpJsonStandin, poller: Poller, clock: HandClock, kind: str) -> None:
    api.say("优惠券用不了 😀", "sam", clock.now())
    (record,) = poller(kind).poll(None).records
    (event,) = poller(kind).parse(Inbound("poll", record.event_id, record.body, {}, clock.now() + SECOND))
    assert isinstance(event, Feedback)
    said = "反馈\n\n优惠券用不了 😀" if kind == "desk" else "优惠券用不了 😀"
    assert (event.external_id, event.text, event.time) == ("1001", said, clock.now())
    assert event.author is not None and event.author.handle == "sam"
    ways = Contact("phone", "13800001001") if kind == "desk" else Contact("email", "sam@customer.example")
    assert event.author.contacts == (ways,)


def test_what_a_sweep_asks_for_stays_the_same(api: HttpJsonStandin, poller: Poller, clock: HandClock) -> None:
    fill(api, clock, 30)
    _, cursor, _ = drain(poller("page"), None)
    begin = (clock.now() - timedelta(days=365, seconds=60)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [(q["page"], q["since"]) for q in asked(api)][1:] == [("2", begin), ("3", begin)]
    assert {q["per_page"] for q in asked(api)} == {"20"}
    drain(poller("page"), cursor)
    last = (clock.now() - timedelta(seconds=60)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert asked(api)[-1]["since"] == last, "a minute of lag"


def test_where_the_first_poll_begins(api: HttpJsonStandin, poller: Poller, clock: HandClock) -> None:
    for reading, since in (
        ({"poll_from": None}, clock.now() - timedelta(days=30)),
        ({"poll_from": None, "look_back_days": 2}, clock.now() - timedelta(days=2)),
        ({"poll_from": "2026-11-01T00:00:00+08:00"}, None),
        ({"poll_from": "2027-11-01T00:00:00+08:00"}, clock.now()),
    ):
        poller("none", reading={**reading, "lag": 0}).poll(None)
        wanted = since.strftime("%Y-%m-%dT%H:%M:%SZ") if since else "2026-10-31T16:00:00Z"
        assert asked(api)[-1]["since"] == wanted


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("unix", "1793696820"),
        ("unix_ms", "1793696820000"),
        ("date", "2026-11-03"),
        ("%d.%m.%y %H:%M", "03.11.26 17:07"),
    ],
)
def test_the_time_is_asked_for_in_the_form_of_the_settings(
    api: HttpJsonStandin, poller: Poller, form: str, written: str
) -> None:
    reading = {"since_format": form, "lag": 0, "poll_from": "2026-11-03T09:07:00Z"}
    params = {"since": None, "begin": "{since}", "end": "{now}"}
    poller("none", params=params, reading=reading, tz="Asia/Shanghai").poll(None)
    assert asked(api)[-1] == {"begin": written, "end": written}


def test_a_body_keeps_numbers_and_leaves_out_what_is_not_known(
    api: HttpJsonStandin, poller: Poller, clock: HandClock
) -> None:
    fill(api, clock, 21)
    drain(poller("desk"), None)
    first, second = [entry["body"] for entry in api.log()]
    assert set(first) == {"begin", "size"} and first["size"] == 20
    assert set(second) == {"begin", "size", "next_id"} and second["begin"] == first["begin"]


# -- order, lag, edits


def test_the_youngest_first_ends_at_what_is_known(api: HttpJsonStandin, poller: Poller, clock: HandClock) -> None:
    falling = {"params": {"since": None, "order": "desc"}, "reading": {"order": "descending", "lag": 5}}
    made = fill(api, clock, 70)
    ids, cursor, pages = drain(poller("page", **falling), None)
    assert (ids, len(pages)) == (made[::-1], 5)
    new = fill(api, clock, 25)
    ids, cursor, pages = drain(poller("page", **falling), cursor)
    assert (ids, len(pages)) == (new[::-1], 2)
    assert drain(poller("page", **falling), cursor)[0] == []


def test_an_old_item_on_top_does_not_end_it(api: HttpJsonStandin, poller: Poller, clock: HandClock) -> None:
    falling = {"params": {"since": None}, "reading": {"order": "descending", "poll_from": "2026-11-03T00:00:00Z"}}
    rows = [{"id": n, "body": {"text": "x"}, "created_at": f"2026-11-03T09:0{n}:00Z"} for n in (5, 4, 3)]
    pinned = {"id": 1, "body": {"text": "rules"}, "created_at": "2020-01-01T00:00:00Z"}
    for shown in ([pinned, *rows[:1]], rows[1:], []):
        api.faults.add(Fault("numbered", "answer", 200, body={"reviews": shown}))
    assert drain(poller("page", **falling), None)[0] == ["5", "4", "3"]


def test_items_that_show_up_late_are_found_within_the_lag(
    api: HttpJsonStandin, poller: Poller, clock: HandClock
) -> None:
    poll = poller("cursor", reading={"lag": 7200})
    fill(api, clock, 3, timedelta(minutes=1))
    _, cursor, _ = drain(poll, None)
    held_back = str(api.say("held back for an hour", "kim", clock.now() - timedelta(hours=1)))
    assert drain(poll, cursor)[0] == [held_back]


def test_an_edited_item_comes_again_as_a_newer_revision(api: HttpJsonStandin, poller: Poller, clock: HandClock) -> None:
    poll = poller("none", params={"since": None}, reading={"time": "updated_at", "order": "none"})
    (ident,) = fill(api, clock, 1)
    _, cursor, _ = drain(poll, None)
    clock.move(timedelta(days=40))
    api.edit(int(ident), "It works now.")
    page = poll.poll(cursor)
    (record,) = page.records
    (event,) = poll.parse(Inbound("poll", record.event_id, record.body, {}, clock.now()))
    assert isinstance(event, Feedback)
    assert (event.external_id, event.text) == (ident, "It works now.")
    assert event.revision == int(clock.now().timestamp())
    assert drain(poll, page.cursor)[0] == []


def test_a_wrong_date_hides_nothing(api: HttpJsonStandin, poller: Poller, clock: HandClock) -> None:
    api.say("from the future", "kim", clock.now() + timedelta(days=300))
    ids, cursor, pages = drain(poller("cursor"), None)
    assert (ids, pages[0].newest) == (["1001"], None)
    api.speak("now", "sam")
    assert "1002" in drain(poller("cursor"), cursor)[0]


def test_items_without_times_come_once(api: HttpJsonStandin, poller: Poller, clock: HandClock) -> None:
    poll = poller("page", params={"since": None}, map={"time": None}, reading={"order": "none"})
    made = fill(api, clock, 30)
    ids, cursor, _ = drain(poll, None)
    assert ids == made
    clock.move(timedelta(days=2))
    made = fill(api, clock, 3)
    ids, cursor, pages = drain(poll, cursor)
    assert ids == made and pages[0].newest is None
    clock.move(timedelta(days=2))
    assert drain(poll, cursor)[0] == []


def test_only_what_is_wanted_is_taken_and_empty_pages_go_on(
    api: HttpJsonStandin, poller: Poller, clock: HandClock
) -> None:
    made = fill(api, clock, 45)
    ids, _, pages = drain(poller("page", when="id > `1041`"), None)
    assert ids == made[41:]
    assert [len(page.records) for page in pages] == [0, 0, 4, 0]


# -- the most pages in one go


def test_an_ascending_list_is_read_on_from_its_last_item(
    api: HttpJsonStandin, poller: Poller, clock: HandClock
) -> None:
    for kind in ("page", "cursor", "link"):
        api.forget()
        made = fill(api, clock, 150)
        ids, _, pages = drain(poller(kind, reading={"max_pages": 2, "lag": 0}), None)
        assert ids == made
        assert {page.gap for page in pages} == {""}
        begun = [q["since"] for q in asked(api) if q.get("page", "1") == "1" and not {"cursor", "after"} & set(q)]
        assert len(set(begun)) > 3, "a sweep goes on from where it came"


def test_one_second_that_fills_more_pages_is_read_to_its_end(api: HttpJsonStandin, poller: Poller) -> None:
    for number in range(90):
        api.speak(f"{number}", "sam")
    ids, _, pages = drain(poller("cursor", reading={"max_pages": 2, "poll_from": "2026-11-03T09:07:00Z"}), None)
    assert len(set(ids)) == len(ids) == 90
    assert {page.gap for page in pages} == {""}


def test_of_another_list_the_rest_is_given_up_and_said_to_be_lost(
    api: HttpJsonStandin, poller: Poller, clock: HandClock
) -> None:
    made = fill(api, clock, 70)
    falling = {"params": {"since": None, "order": "desc"}, "reading": {"order": "descending", "max_pages": 2}}
    ids, cursor, pages = drain(poller("page", **falling), None)
    assert ids == made[:29:-1]
    assert [bool(page.gap) for page in pages] == [False, True] and "max_pages (2)" in pages[-1].gap
    new = fill(api, clock, 1)
    assert drain(poller("page", **falling), cursor)[0] == new


# -- cursors


@pytest.mark.parametrize("kind", ["cursor", "link", "desk"])
def test_a_forgotten_cursor_loses_nothing(api: HttpJsonStandin, poller: Poller, clock: HandClock, kind: str) -> None:
    made = fill(api, clock, 50)
    changes = {} if kind == "desk" else {"reading": {"order": "none"}}
    first = poller(kind, **changes).poll(None)
    api.expire()
    ids, cursor, _ = drain(poller(kind, **changes), first.cursor)
    assert [r.event_id.split(":")[0] for r in first.records] + ids == made
    assert drain(poller(kind, **changes), cursor)[0] == []


def test_cursors_that_are_always_refused_are_seen(api: HttpJsonStandin, poller: Poller, clock: HandClock) -> None:
    fill(api, clock, 50)
    poll = poller("cursor", reading={"order": "none"})
    cursor = None
    for _ in range(2):
        clock.move(timedelta(minutes=61))
        asked_before = len(api.log())
        with pytest.raises(Rejected, match="HTTP 400"):
            for _ in range(20):
                cursor = poll.poll(cursor).cursor
                api.expire()
        assert 4 <= len(api.log()) - asked_before <= 8, "some attempts in an hour"
    # an hour later it is tried again, and where the API remembers now, all is well
    clock.move(timedelta(minutes=61))
    ids, cursor, _ = drain(poll, cursor)
    assert len(ids) == 30 and drain(poll, cursor)[0] == []


def test_an_ascending_list_goes_on_whenever_its_cursor_is_forgotten(
    api: HttpJsonStandin, poller: Poller, clock: HandClock
) -> None:
    made, cursor, ids = fill(api, clock, 150), None, []
    for _ in range(20):
        page = poller("cursor", reading={"lag": 0}).poll(cursor)
        cursor = page.cursor
        ids += [record.event_id.split(":")[0] for record in page.records]
        api.expire()
        if not page.more:
            break
    assert ids == made


def test_a_first_page_that_is_refused_is_refused(api: HttpJsonStandin, poller: Poller) -> None:
    with pytest.raises(Rejected, match="HTTP 400"):
        poller("cursor", params={"since": "yesterday"}).poll(None)


def test_an_api_that_does_not_read_the_cursor_is_seen(api: HttpJsonStandin, poller: Poller, clock: HandClock) -> None:
    fill(api, clock, 50)
    poll = poller("page", params={"page": None, "pgae": "{page}"})
    page = poll.poll(None)
    with pytest.raises(Retryable, match="page 2 is the same as the one before"):
        poll.poll(page.cursor)
    stuck = {"data": [{"id": 1, "body": {"text": "x"}}], "meta": {"next": "again"}}
    api.faults.add(Fault("chained", "answer", 200, body=stuck, times=9))
    page = poller("cursor").poll(None)
    with pytest.raises(Retryable, match=r"paging\.next \(meta\.next\) names a page that was read before"):
        poller("cursor").poll(page.cursor)


@pytest.mark.parametrize("beyond", ["empty", "missing", "last"])
@pytest.mark.parametrize("count", [0, 1, 20, 21, 40])
def test_every_way_to_answer_a_page_beyond_the_last(
    api: HttpJsonStandin, poller: Poller, clock: HandClock, beyond: str, count: int
) -> None:
    api.beyond = beyond
    made = fill(api, clock, count)
    # one full page that comes again could be an API that does not read the number: has_more tells
    paging = {"has_more": "page < pages"} if beyond == "last" and count == 20 else {}
    ids, cursor, _ = drain(poller("page", paging=paging), None)
    assert ids == made
    assert drain(poller("page", paging=paging), cursor)[0] == []


def test_the_first_page_that_is_missing_is_no_end(api: HttpJsonStandin, poller: Poller) -> None:
    with pytest.raises(Rejected, match="HTTP 404"):
        poller("page", path="/nothing").poll(None)


def test_links_to_another_host_are_refused(api: HttpJsonStandin, poller: Poller, clock: HandClock) -> None:
    fill(api, clock, 21)
    api.host = "https://evil.example"
    with pytest.raises(Rejected, match="another host"):
        poller("link").poll(None)


def test_no_secret_gets_into_a_cursor(api: HttpJsonStandin, poller: Poller, clock: HandClock) -> None:
    fill(api, clock, 21)
    page = poller("link", bearer=None, secret_params={"api_key": api.token}).poll(None)
    assert page.more and api.token not in page.cursor and "hidden" not in page.cursor
    ids, _, _ = drain(poller("link", bearer=None, secret_params={"api_key": api.token}), page.cursor)
    assert len(ids) == 1
    assert api.log()[-1]["query"]["api_key"] == api.token


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "{}",
        "null",
        '{"at":"2026-11-03T09:07:00"}',
        '{"at":"2026-11-03T09:07:00Z","page":"x"}',
        '{"at":"0001-01-01T00:00:00Z"}',
        '{"at":"9999-12-31T23:59:59-08:00"}',
        '{"at":"2026-11-03T09:07:00Z","ahead":"9999-12-31T23:59:59-08:00"}',
        '{"at":"2026-11-03T09:07:00Z","begun":"9999-12-31T23:59:59-08:00"}',
    ],
)
def test_a_cursor_that_is_none_of_ours(poller: Poller, cursor: str) -> None:
    with pytest.raises(CursorExpired):
        poller("cursor").poll(cursor)


def test_another_kind_of_paging_goes_on_at_the_mark(api: HttpJsonStandin, poller: Poller, clock: HandClock) -> None:
    made = fill(api, clock, 50)
    page = poller("cursor").poll(None)
    ids, _, _ = drain(poller("page"), page.cursor)
    assert [r.event_id.split(":")[0] for r in page.records] + ids == made


# -- answers


def answer(api: HttpJsonStandin, body: Any, status: int = 200) -> None:
    api.faults.add(Fault("/v1/|/desk/", "answer", status, body=body))


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("cursor", {}, r"items \(data\) finds no list in the answer; an empty object is there"),
        ("cursor", {"rows": [], "meta": {}}, r"items \(data\) finds no list in the answer; keys there: rows, meta"),
        ("cursor", {"data": {"rows": []}}, r"items \(data\) finds no list in the answer; keys there: rows"),
        ("cursor", {"data": "customer's words"}, r"items \(data\) finds no list in the answer; a text is there"),
        ("cursor", None, r"the answer is not JSON"),
        ("cursor", [], r"items \(data\) finds no list in the answer; a list is there"),
        ("none", {"error": "customer's words"}, r"items \(@\) finds no list in the answer; keys there: error"),
        ("cursor", b"null", r"items \(data\) finds no list in the answer; nothing is there"),
    ],
)
def test_another_shape_is_tried_again(api: HttpJsonStandin, poller: Poller, kind: str, body: Any, said: str) -> None:
    answer(api, body)
    with pytest.raises(Retryable, match=said) as error:
        poller(kind).poll(None)
    assert "customer" not in str(error.value)
    assert poller(kind).poll(None).records == ()


def test_an_expression_that_does_not_fit_is_tried_again(api: HttpJsonStandin, poller: Poller) -> None:
    answer(api, {"data": {"a": "customer's words"}})
    with pytest.raises(Retryable, match=r"items \(values\(data\.a\)\): does not fit") as error:
        poller("cursor", items="values(data.a)").poll(None)
    assert "customer" not in str(error.value)


@pytest.mark.parametrize(
    ("error", "body", "raised", "said"),
    [
        ("errors", {"errors": [{"message": "customer's words"}]}, Retryable, "with an error (error.when: errors)"),
        ("error", {"error": "rate_limited"}, Retryable, "with an error, code rate_limited (error.when: error)"),
        ("error", {"error": "customer's words"}, Retryable, "with an error (error.when: error)"),
        ({"when": "code != `0`", "code": "code"}, {"code": 50001}, Retryable, "code 50001"),
        ({"when": "code != `0`", "code": "code", "rejected": [40101]}, {"code": 40101}, Rejected, "code 40101"),
        ({"when": "code != `0`", "code": "code", "rejected": ["40101"]}, {"code": 40101}, Rejected, "code 40101"),
        ({"when": "code != `0`", "code": "code"}, {}, Retryable, "with an error (error.when: code != `0`)"),
        ({"when": "max(code)"}, {"code": "customer's words"}, Retryable, "error.when (max(code)): does not fit"),
        ({"when": "code", "code": "max(x)"}, {"code": 1}, Retryable, "error.code (max(x)): does not fit"),
    ],
)
def test_errors_in_good_answers(
    api: HttpJsonStandin, poller: Poller, error: Any, body: Any, raised: type[Exception], said: str
) -> None:
    answer(api, {"data": [], **body})
    with pytest.raises((Retryable, Rejected)) as refusal:
        poller("cursor", error=error).poll(None)
    assert type(refusal.value) is raised and said in str(refusal.value)
    assert "customer" not in str(refusal.value)


@pytest.mark.parametrize("fine", [{}, {"error": None}, {"error": False}, {"error": 0}, {"error": ""}, {"error": []}])
def test_what_is_no_error(api: HttpJsonStandin, poller: Poller, fine: Any) -> None:
    answer(api, {"data": [], **fine})
    assert poller("cursor", error="error").poll(None).records == ()


def test_the_desk_refuses_wrong_keys_for_good(poller: Poller) -> None:
    with pytest.raises(Rejected, match="code 40101"):
        poller("desk", secret_headers={"X-Desk-Key": "wrong"}).poll(None)
    with pytest.raises(Retryable, match="code 40001"):
        poller("desk", body={"begin": "{since}T"}).poll(None)


def test_no_content_is_an_empty_list(api: HttpJsonStandin, poller: Poller) -> None:
    for kind in ("cursor", "page", "desk"):
        answer(api, b"", 204)
        page = poller(kind).poll(None)
        assert (page.records, page.more) == ((), False)


def test_odd_items_are_passed_on_and_the_others_with_them(
    api: HttpJsonStandin, poller: Poller, clock: HandClock
) -> None:
    good = {"id": 3, "body": {"text": "x"}, "created_at": "2026-11-03T09:00:00Z"}
    answer(api, {"data": [None, 7, {"id": 1}, {"id": 2, "body": {"text": "x"}, "created_at": "soon"}, good, good]})
    page = poller("cursor").poll(None)
    assert [record.event_id.split(":")[0] for record in page.records] == ["item", "item", "1", "2", "3"]
    assert page.newest is not None and page.newest.isoformat() == "2026-11-03T09:00:00+00:00"


def test_a_cursor_that_fits_into_no_query_is_tried_again(api: HttpJsonStandin, poller: Poller) -> None:
    answer(api, {"data": [], "meta": {"next": {"a": 1}}})
    page = poller("cursor").poll(None)
    with pytest.raises(Retryable, match="the next page's cursor has no form"):
        poller("cursor").poll(page.cursor)


def test_broken_characters_do_not_stop_the_poll(api: HttpJsonStandin, poller: Poller) -> None:
    item = {"id": 1, "body": {"text": "half \ud83d"}, "created_at": "2026-11-03T09:00:00Z"}
    answer(api, json.dumps({"data": [item]}).encode())
    (record,) = poller("cursor").poll(None).records
    assert json.loads(record.body) == item
