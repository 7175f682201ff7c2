"""Items of any shape become Feedback by expressions; what does not fit is told without being quoted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from vocbot.sdk import mapping
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import Author, Contact, CustomerEvent, Feedback, Ignored
from vocbot.sdk.mapping import FieldMap, TimeFormat, Times, Zone

NOW = datetime(2026, 11, 3, 9, 7, tzinfo=UTC)
ISO = Times()
FIELDS = FieldMap(
    id="id",
    text="said",
    time="at",
    author="who.id",
    author_name="who.name",
    author_email="who.mail",
    author_phone="who.phone",
    score="stars",
    channel="via",
    public="shown",
    conversation="thread",
    revision="edited",
    attributes={"version": "app.version", "tags": "tags"},
)
ITEM: dict[str, Any] = {
    "id": 17,
    "said": " 优惠券用不了 ",
    "at": "2026-11-03T08:00:00+08:00",
    "who": {"id": "u-1", "name": "李娜", "mail": "na@customer.example", "phone": "+86 138"},
    "stars": "2",
    "via": "app",
    "shown": "no",
    "thread": 4,
    "edited": "2026-11-03T08:30:00+08:00",
    "app": {"version": "5.4.0"},
    "tags": ["a", None, 1, True, {"x": 1}],
}


def read(
    item: Any, fields: FieldMap = FIELDS, times: Times = ISO, **options: Any
) -> Feedback | CustomerEvent | Ignored:
    return mapping.apply(item, fields, times, **{"channel": "survey", **options})


def heard(item: Any, fields: FieldMap = FIELDS, **options: Any) -> Feedback:
    found = read(item, fields, **options)
    assert isinstance(found, Feedback)
    return found


def problem(item: Any, **options: Any) -> str:
    with pytest.raises(Unparseable) as caught:
        read(item, **options)
    return str(caught.value)


def test_everything_is_found() -> None:
    assert read(ITEM) == Feedback(
        external_id="17",
        text="优惠券用不了",
        time=datetime(2026, 11, 3, tzinfo=UTC),
        channel="app",
        author=Author("u-1", "李娜", (Contact("email", "na@customer.example"), Contact("phone", "+86 138"))),
        revision=int(datetime(2026, 11, 3, 0, 30, tzinfo=UTC).timestamp()),
        conversation="4",
        score=2.0,
        public=False,
        attributes={"version": "5.4.0", "tags": "a, 1, true"},
    )


def test_an_item_is_an_event_where_one_is_found_and_words_where_not() -> None:
    fields = FIELDS.model_copy(update={"event": "did"})
    author = Author("u-1", "李娜", (Contact("email", "na@customer.example"), Contact("phone", "+86 138")))
    at = datetime(2026, 11, 3, tzinfo=UTC)
    attributes = {"version": "5.4.0", "tags": "a, 1, true"}
    assert read({**ITEM, "did": " order "}, fields) == CustomerEvent("17", "order", at, author, attributes)
    assert read({**ITEM, "did": None}, fields) == read(ITEM)
    with pytest.raises(Unparseable, match=r"map\.author: nothing is there, and an event must be somebody's"):
        read({**ITEM, "did": "order", "who": {}}, fields)
    with pytest.raises(Unparseable, match=r"map\.event: nothing is there"):
        read(ITEM, FieldMap(event="did", author="who.id"))
    with pytest.raises(Unparseable, match=r"map\.event: longer than"):
        read({**ITEM, "did": "x" * 600}, fields)
    with pytest.raises(ValidationError, match=r"\(text\), or what was met \(event\)"):
        FieldMap(id="id")


def test_what_is_not_there_is_left_out() -> None:
    found = heard({"id": "1", "said": "hello", "at": "2026-11-03"})
    assert found == Feedback("1", "hello", datetime(2026, 11, 3, tzinfo=UTC), "survey")
    assert found.author is None
    assert heard(ITEM | {"shown": None}, public=True).public
    assert not heard(ITEM, public=True).public


def test_an_id_and_a_time_may_be_given_from_outside() -> None:
    found = heard({"said": "hello"}, ident="delivery-1", received=NOW)
    assert (found.external_id, found.time) == ("delivery-1", NOW)
    assert problem({"said": "hello"}, received=NOW) == "map.id: nothing is there"
    assert problem({"said": "hello", "at": ""}, ident="x") == "map.time: nothing is there"


def test_words_that_are_not_there_are_told_and_empty_ones_ignored() -> None:
    for nothing in ({}, {"said": None}, {"said": []}):
        assert "map.text: nothing is there" in problem({"id": 1, "at": "2026-11-03", **nothing})
    assert read(ITEM | {"said": None}) == Ignored("an item without words")  # a rating without words
    for empty in ("", " \n ", [""], ["", None]):
        assert read({"id": 1, "said": empty, "at": "2026-11-03"}) == Ignored("an item without words")
    assert heard(ITEM | {"said": ["Title", None, "", " body "]}).text == "Title\n\nbody"
    assert heard(ITEM | {"said": 42}).text == "42"


@pytest.mark.parametrize("odd", [True, {"a": 1}, float("inf"), float("nan")])
def test_an_odd_part_is_told_or_left_out(odd: Any) -> None:
    for field, name in (("said", "text"), ("id", "id"), ("thread", "conversation")):
        assert problem(ITEM | {field: odd}) == f"map.{name}: neither a text nor a number"
    assert problem(ITEM | {"at": odd}) == "map.time: not a time as time_format says (iso)"
    assert problem(ITEM | {"edited": odd}) == "map.revision: not a time as time_format says (iso)"
    found = heard(ITEM | {"stars": odd, "via": odd, "who": {"id": odd, "name": odd, "mail": odd}, "app": odd})
    assert (found.score, found.channel, found.author) == (None, "survey", None)
    assert "version" not in found.attributes


def test_ids_are_short_and_on_one_line() -> None:
    assert heard(ITEM | {"id": 12.0}).external_id == "12"
    assert heard(ITEM | {"id": " a "}).external_id == "a"
    for bad in ("x" * 501, "a\nb", "a\x00", "a\ud800"):
        assert problem(ITEM | {"id": bad}).startswith("map.id: longer than")


def test_what_no_database_keeps_is_replaced() -> None:
    found = heard(ITEM | {"said": "a\x00b\ud800c", "app": {"version": "1\x00"}})
    assert (found.text, found.attributes["version"]) == ("a\ufffdb\ufffdc", "1\ufffd")


def test_an_address_makes_somebody_but_stays_among_the_contacts() -> None:
    by_mail = [
        heard(ITEM | {"who": {"mail": mail}}).author for mail in ("Na@x.example", "na@x.example", "li@x.example")
    ]
    assert by_mail[0] is not None and by_mail[1] is not None and by_mail[2] is not None
    assert by_mail[0].handle == by_mail[1].handle != by_mail[2].handle
    assert "@" not in by_mail[0].handle
    assert by_mail[0].contacts == (Contact("email", "Na@x.example"),)
    assert heard(ITEM | {"who": {"name": "Li Na"}}).author == Author("", "Li Na")  # told apart by nothing


@pytest.mark.parametrize(
    ("edited", "revision"),
    [
        (None, 0),
        ("", 0),
        (0, 0),
        (3, 3),
        ("3", 3),
        (2**31 - 1, 2**31 - 1),
        ("2026-11-03T08:00:00+08:00", 0),  # as old as the item: the original
        (1793664000, 0),
    ],
)
def test_a_revision_is_a_number_or_a_time(edited: Any, revision: int) -> None:
    assert heard(ITEM | {"edited": edited}).revision == revision


def test_a_revision_fits_its_column() -> None:
    assert problem(ITEM | {"edited": "2038-02-01T00:00:00Z"}).startswith("map.revision")
    item = {"id": 1, "said": "x", "at": 1793664000000, "edited": 1793664005000}
    assert heard(item, times=Times("unix_ms")).revision == 1793664005
    assert problem(item | {"edited": 2**31}, times=Times("unix_ms")).startswith("map.revision")


def test_attributes_may_be_an_object_of_the_item() -> None:
    fields = FieldMap(id="id", text="said", time="at", attributes="facts")
    assert heard(ITEM | {"facts": {"v": 1, "": "x", "no": None, "deep": {"a": 1}}}, fields).attributes == {"v": "1"}
    for odd in (None, "x", [1]):
        assert heard(ITEM | {"facts": odd}, fields).attributes == {}


# -- times


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("iso", "2026-11-03T17:07:00"),
        ("iso", "2026-11-03T09:07:00Z"),
        ("iso", "2026-11-03 10:07+01:00"),
        ("unix", 1793696820),
        ("unix", "1793696820.0"),
        ("unix_ms", 1793696820000),
        ("unix_ms", "1793696820000"),
        ("rfc2822", "Tue, 03 Nov 2026 17:07:00 +0800"),
        ("rfc2822", "Tue, 03 Nov 2026 09:07:00 -0000"),
        ("%d.%m.%Y %H:%M", "03.11.2026 17:07"),
        ("%Y年%m月%d日 %H:%M", "2026年11月03日 17:07"),
        ("%Y-%m-%d %H:%M %z", "2026-11-03 10:07 +0100"),
    ],
)
def test_times_are_read_in_the_named_form_and_zone(form: str, value: Any) -> None:
    found = mapping.parse_time(value, Times(form, "Asia/Shanghai"))
    assert found == NOW
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("form", "value", "hint"),
    [
        ("unix", 1793696820000, "milliseconds?"),
        ("unix_ms", 1793696820, "seconds?"),
        ("unix", 1e300, "milliseconds?"),
        ("iso", "0001-01-01T00:00:00Z", "before 1990"),
        ("iso", "0001-01-01T00:00:00+14:00", "not a time"),
        ("iso", 1793696820, "not a time"),
        ("iso", "yesterday", "not a time"),
        ("unix", True, "not a time"),
        ("unix", "nan", "not a time"),
        ("unix", None, "not a time"),
        ("rfc2822", "Tue", "not a time"),
        ("%Y-%m-%d", "2026-13-01", "not a time"),
    ],
)
def test_what_has_another_form_is_told(form: str, value: Any, hint: str) -> None:
    with pytest.raises(Unparseable, match="time: ") as caught:
        mapping.parse_time(value, Times(form))
    assert hint in str(caught.value)
    assert len(str(value)) < 3 or str(value) not in str(caught.value)


class Some(BaseModel):
    form: TimeFormat = "iso"
    zone: Zone = "UTC"


@pytest.mark.parametrize(
    ("form", "hint"),
    [("ISO8601", "write iso"), ("%H:%M", "no whole date"), ("%Y-%m", "no whole date"), ("%Q %Y", "not a pattern")],
)
def test_a_form_that_names_no_date_is_refused(form: str, hint: str) -> None:
    with pytest.raises(ValidationError, match=hint):
        Some(form=form)


def test_zones_are_checked() -> None:
    for zone in ("Peking", "../etc/passwd", "", "Asia"):
        with pytest.raises(ValidationError, match="not a time zone"):
            Some(zone=zone)


# -- expressions


@pytest.mark.parametrize(
    ("expression", "hint"),
    [
        ("a.[", "column 4"),
        ("user-id", "column 5.*double quotes"),
        ("内容", "column 1.*double quotes"),
        ("", "not a JMESPath expression .type"),
        ("foo(@)", "no function foo"),
        ("a[?length() > `1`]", "length takes 1 arguments, not 0"),
        ("a == `ok`", "between ' and '"),
    ],
)
def test_an_expression_that_cannot_be_used_is_refused_with_the_reason(expression: str, hint: str) -> None:
    with pytest.raises(ValidationError, match=hint):
        FieldMap(text=expression)


def test_good_expressions_are_taken() -> None:
    for expression in ('"内容"', "not_null(a, b, c)", "a[?b == `1`].c | [0]", "join(' ', names)", "@"):
        mapping.check(expression)


def test_a_function_that_does_not_fit_the_item_is_told_without_its_values() -> None:
    fields = FieldMap(id="id", text="join(', ', said)")
    found = problem({"id": 1, "said": ["secret words", 1]}, fields=fields)
    assert found == "map.text: does not fit this item (JMESPathTypeError)"


def test_when_is_true_for_what_people_mean_by_yes() -> None:
    for yes in (True, 1, "yes", "true", "x", [0], {"a": None}):
        assert mapping.holds("x", {"x": yes})
    for no in (False, None, 0, "", " No ", "false", "0", "off", [], {}):
        assert not mapping.holds("x", {"x": no})
    assert mapping.holds("event == 'review'", {"event": "review"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ITEM, "name", "mail"]), inner),
    max_leaves=12,
)


@settings(max_examples=300)
@given(st.one_of(JSON, st.dictionaries(st.sampled_from([*ITEM]), JSON).map(lambda odd: ITEM | odd)))
def test_no_item_whatever_raises_anything_else(item: Any) -> None:
    for times in (Times(), Times("unix"), Times("rfc2822"), Times("%Y-%m-%d")):
        try:
            found = read(item, times=times, ident="x", received=NOW)
        except Unparseable:
            continue
        if isinstance(found, Feedback):
            assert found.text.strip() and found.external_id and 0 <= found.revision < 2**31
            assert found.time.tzinfo is not None
            repr(found).encode()
            "".join([found.text, *found.attributes, *found.attributes.values()]).encode()
