"""Days that are unlike others and known to be: public holidays, the large shopping days, the owner's campaigns.

More is said on them of some issues, year after year, and that is no anomaly. Which days they are is all this module
knows; what follows is decided by whoever counts.
"""

from __future__ import annotations

from datetime import date, timedelta

from vocbot.config.model import CalendarSettings

# First and last day of what is sold as one: 618 and 双11 with the days of their deliveries, 双12, Black Friday follows.
_SHOPPING = (((6, 16), (6, 20)), ((11, 9), (11, 14)), ((12, 11), (12, 13)))
_BLACK_FRIDAY_LASTS = 4  # to Monday


def special_days(settings: CalendarSettings, first: date, last: date) -> frozenset[date]:
    """The special days from `first` to `last`."""
    import holidays  # takes a tenth of a second, and few commands assess anything

    found: set[date] = set()
    years = range(first.year, last.year + 1)
    if settings.country:
        found |= set(holidays.country_holidays(settings.country, years=years))
    if settings.shopping_days:
        for year in years:
            for begin, end in _SHOPPING:
                found |= set(_span(date(year, *begin), date(year, *end)))
            friday = _black_friday(year)
            found |= set(_span(friday, friday + timedelta(days=_BLACK_FRIDAY_LASTS - 1)))
    for campaign in settings.campaigns:
        found |= set(_span(campaign.first, campaign.last))
    return frozenset(day for day in found if first <= day <= last)


def _span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    november = date(year, 11, 1)
    return november + timedelta(days=(3 - november.weekday()) % 7 + 22)
