from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from vocbot.config.model import CalendarSettings
from vocbot.understand.calendar import special_days

YEAR = date(2026, 1, 1), date(2026, 12, 31)


def days(**settings: object) -> frozenset[date]:
    return special_days(CalendarSettings.model_validate(settings), *YEAR)


def test_nothing_is_special_until_it_is_said() -> None:
    assert days() == frozenset()


def test_holidays_are_those_of_the_country() -> None:
    assert date(2026, 10, 1) in days(country="CN")
    assert date(2026, 10, 3) in days(country="DE") and date(2026, 10, 1) not in days(country="DE")


def test_shopping_days_with_their_deliveries() -> None:
    found = days(shopping_days=True)
    assert {date(2026, 6, 18), date(2026, 11, 11), date(2026, 11, 14), date(2026, 12, 12)} <= found
    assert {date(2026, 11, 27), date(2026, 11, 30)} <= found  # Black Friday to Monday
    assert date(2026, 11, 20) not in found and date(2026, 12, 1) not in found


def test_campaigns_of_one_s_own_are_cut_to_what_is_asked() -> None:
    campaign = {"name": "Anniversary", "first": date(2025, 12, 30), "last": date(2026, 1, 2)}
    assert days(campaigns=[campaign]) == {date(2026, 1, 1), date(2026, 1, 2)}


@pytest.mark.parametrize(
    "wrong", [{"country": "ZZ"}, {"campaigns": [{"name": "a", "first": date(2026, 2, 2), "last": date(2026, 2, 1)}]}]
)
def test_what_is_no_calendar_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CalendarSettings.model_validate(wrong)
