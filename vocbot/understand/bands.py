"""Which value of the formula is a P1: that of the configuration, or the one learned from the owner's own history.

Fixed cut-offs keep a band from hanging on what else is open today; shares of the owner's own past make them fit. They
belong to one formula: once it is changed, they are learned again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from sqlmodel import Session

from vocbot.config.model import Least, PrioritySettings
from vocbot.stats.priority import CUT_OFFS, CutOffs
from vocbot.store.tables import Calibration


def cut_offs(session: Session, settings: PrioritySettings, kind: str) -> CutOffs:
    """The cut-offs that count: those of the configuration, those learned with this formula, or the usual ones."""
    if settings.bands:
        return three(settings.bands)
    known = session.get(Calibration, kind)
    return (known.p1, known.p2, known.p3) if known is not None and known.basis == basis(settings) else CUT_OFFS


def three(named: Mapping[Least, float]) -> CutOffs:
    """The figures of P1, P2 and P3."""
    return named["P1"], named["P2"], named["P3"]


def basis(settings: PrioritySettings) -> str:
    """What the values hang on: with other settings they are others."""
    return hashlib.sha256(settings.model_dump_json(exclude={"bands"}).encode()).hexdigest()[:16]
