"""Times keep their moment, their zone and their order on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, Table, create_engine, select
from sqlalchemy.exc import StatementError

from vocbot.store.columns import UTCDateTime, as_text

TIMES = Table("times", MetaData(), Column("id", Integer, primary_key=True), Column("at", UTCDateTime))
CASES = {
    "utc": datetime(2026, 11, 3, 9, 7, tzinfo=UTC),
    "microseconds": datetime(2026, 11, 3, 9, 7, 1, 2, tzinfo=UTC),
    "china": datetime(2026, 11, 3, 0, 30, tzinfo=timezone(timedelta(hours=8))),
    "half an hour": datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
    "before 1970": datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "year of three digits": datetime(987, 6, 5, tzinfo=UTC),
    "the first": datetime.min.replace(tzinfo=UTC),
    "nearly the last": datetime(9999, 12, 30, tzinfo=UTC),
}
AWARE = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.timezones())


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "sqlite":
        made = create_engine("sqlite://")
    else:
        made = create_engine(request.getfixturevalue("pg_url").replace("postgresql:", "postgresql+psycopg:"))
    TIMES.create(made)
    yield made
    made.dispose()


def test_a_time_comes_back_as_the_same_moment_in_utc(engine: Engine) -> None:
    with engine.begin() as connection:
        for number, at in enumerate(CASES.values()):
            connection.execute(TIMES.insert().values(id=number, at=at))
        found = connection.execute(select(TIMES.c.at).order_by(TIMES.c.id)).scalars().all()
    assert found == list(CASES.values())
    assert {at.tzinfo for at in found} == {UTC}


def test_order_and_comparison_follow_the_moment(engine: Engine) -> None:
    with engine.begin() as connection:
        for number, at in enumerate(CASES.values()):
            connection.execute(TIMES.insert().values(id=number, at=at))
        ordered = connection.execute(select(TIMES.c.at).order_by(TIMES.c.at)).scalars().all()
        later = connection.execute(select(TIMES.c.at).where(TIMES.c.at > CASES["china"])).scalars().all()
    assert ordered == sorted(CASES.values())
    assert sorted(later) == [at for at in sorted(CASES.values()) if at > CASES["china"]]


def test_nothing_stays_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(TIMES.insert().values(id=1, at=None))
        assert connection.execute(select(TIMES.c.at)).scalar_one() is None


def test_a_time_without_a_zone_is_refused(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(StatementError, match="without a zone"):
        connection.execute(TIMES.insert().values(id=1, at=datetime(2026, 11, 3)))


@given(AWARE, AWARE)
def test_text_sorts_like_time(one: datetime, other: datetime) -> None:
    assert len(as_text(one)) == 26
    assert (as_text(one) < as_text(other)) == (one.astimezone(UTC) < other.astimezone(UTC))
    assert UTCDateTime().process_result_value(as_text(one), None) == one.astimezone(UTC)  # type: ignore[arg-type]
