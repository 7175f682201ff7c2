"""Weekly series as real ones are, with planted events: seasons that are no sine, levels that shift, noise that stays
for weeks, holidays, and an overdispersion of each series' own.

No real counts may be kept here, so the traits are drawn; every one of them breaks a detector that assumes it away.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def make(series: int, weeks: int, seed: int, from_week: int) -> dict[str, Any]:
    """y (series, weeks) and, for half of the series, one event from `from_week` on: ev, onset, end."""
    rng = np.random.default_rng(seed)
    t = np.arange(weeks)
    level = rng.normal(np.log(4.0), 1.2, series)
    trend = rng.normal(0, 0.15, series)[:, None] * t / 52
    peak, sharp, height = rng.uniform(0, 52, series), rng.uniform(1, 8, series), rng.gamma(1.0, 0.35, series)
    season = height[:, None] * np.exp(sharp[:, None] * (np.cos(2 * np.pi * (t - peak[:, None]) / 52.18) - 1))
    noise = np.zeros((series, weeks))
    rho, sd = rng.uniform(0, 0.8, series), rng.gamma(2.0, 0.06, series)
    for week in range(1, weeks):
        noise[:, week] = rho * noise[:, week - 1] + rng.normal(0, 1, series) * sd * np.sqrt(1 - rho**2)
    shifts = np.zeros((series, weeks))
    for one in np.flatnonzero(rng.random(series) < 0.3):
        shifts[one, rng.integers(20, weeks) :] = rng.normal(0, 0.4)
    holiday = np.where(np.isin(t % 52, (0, 51)), np.log(0.7), 0.0)
    mean = np.exp(level[:, None] + trend + season + noise + shifts + holiday)
    phi = 1 + rng.gamma(1.2, 1.0, series)
    events, onset, end = np.zeros((series, weeks), bool), np.full(series, -1), np.full(series, -1)
    for one in np.flatnonzero(rng.random(series) < 0.5):
        begin, long = int(rng.integers(from_week, weeks - 6)), int(rng.integers(1, 6))
        spread = np.sqrt(phi[one] * mean[one, begin] + (sd[one] * mean[one, begin]) ** 2)
        mean[one, begin : begin + long] += max(rng.uniform(1.5, 5) * spread, 1.0)
        events[one, begin : begin + long], onset[one], end[one] = True, begin, begin + long
    shape = np.maximum(mean / (phi[:, None] - 1 + 1e-6), 1e-9)
    return {
        "y": rng.poisson(rng.gamma(shape, phi[:, None] - 1 + 1e-6)),
        "ev": events,
        "onset": onset,
        "end": end,
    }
