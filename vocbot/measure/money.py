"""What a Change saved, as a range: mentions that did not come, times what one costs. Nothing where it is too early.

The range is that of the effect's interval and knows nothing of what the cost itself is worth; a cost is the owner's
figure, never a guess of ours.
"""

from __future__ import annotations

from vocbot.config.model import MoneySettings
from vocbot.stats.effect import Effect

TOLD_OF = ("effective", "worse")  # words that stand on enough weeks for a sum of money


def saved(found: Effect, word: str, area: str, money: MoneySettings) -> dict[str, float | str] | None:
    """Low and high end of what was saved in the weeks looked at (negative: lost); None: too early, or no cost known."""
    cost = money.by_area.get(area, money.per_mention)
    if cost is None or word not in TOLD_OF:
        return None
    return {
        "low": round(found.avoided_low * cost, 2),
        "high": round(found.avoided_high * cost, 2),
        "currency": money.currency,
        "per_mention": cost,
    }
