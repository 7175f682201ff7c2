"""Teaches a head its mistakes without its training rows: the smallest change after which it answers as corrected.

Passive-aggressive steps (Crammer et al. 2006), but nearly all of a step falls on n-grams that are rare or that the head
never saw: they say what is special about the corrected text, and other texts seldom have them, so that other answers
stay. Rare words that are shared do carry a correction over to texts like it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vocbot.sdk.errors import VocbotError
from vocbot.text.head import Floats, Head, slots
from vocbot.text.levelled import Ints
from vocbot.text.vectors import grams

_ROUNDS = 200
#: How sure a head shall be of a corrected answer, as a logit: 3 of 4.
_SURE = float(np.log(3))
#: By which power of its rarity an n-gram takes part: at 4, one in 20 texts moves a fortieth of what an unseen one does.
_LOCAL = 4


class Lesson(NamedTuple):
    """A text and what is right of it: one label, or all that apply where the head gives several."""

    text: str
    labels: tuple[str, ...]


def corrected(head: Head, lessons: Sequence[Lesson], sure: float = _SURE, given: Floats | None = None) -> Head:
    """The head after its answers were corrected, each so likely as the logit `sure` says.

    Corrections bear on each other, so give all there are, and the head as it was before any. `given` [lesson, column of
    weights] is added to its scores by something else, which is not corrected. Raises VocbotError at a label that the
    head does not know, and where two corrections contradict each other.
    """
    texts = [lesson.text for lesson in lessons]
    unknown = sorted({name for lesson in lessons for name in lesson.labels} - set(head.labels))
    if unknown:
        known = ", ".join(head.labels)
        raise VocbotError(f"the head knows no label {unknown[0]!r}, only {known}: train it on rows that have it")
    wider = widened(head, texts)
    wanted = np.asarray([[name in lesson.labels for name in head.labels] for lesson in lessons])
    rows = [wider.vectors(grams([text])) for text in texts]
    others = np.zeros((len(lessons), head.weights.shape[1]), np.float32) if given is None else given
    locality = (wider.rarity / wider.rarity.max()) ** _LOCAL
    for _ in range(_ROUNDS):
        steps = [
            _step(wider, row.numbers, row.values, want, locality, other, sure)
            for row, want, other in zip(rows, wanted, others, strict=True)
        ]
        if not any(steps):
            return wider
    raise VocbotError("the corrections contradict each other: the same words with different labels")


def widened(head: Head, texts: Sequence[str]) -> Head:
    """A copy that also knows the n-grams of texts, as the rarest of all, which decide nothing yet."""
    new = np.setdiff1d(slots(grams(texts)), head.slots)
    places = np.concatenate([head.slots, new])
    order = np.argsort(places)
    rarest = np.full(len(new), head.rarity.max(), np.float32)
    nothing = np.zeros((len(new), head.weights.shape[1]), np.float32)
    return replace(
        head,
        slots=places[order],
        rarity=np.concatenate([head.rarity, rarest])[order],
        weights=np.concatenate([head.weights, nothing])[order],
    )


def _step(
    head: Head,
    numbers: Ints,
    values: Floats,
    wanted: npt.NDArray[np.bool_],
    locality: Floats,
    others: Floats,
    sure: float,
) -> bool:
    """Move the weights towards what is wanted of one text, in place; whether that was needed."""
    if not len(numbers):
        return False
    moved = values * locality[numbers]
    reach = float(values @ moved)
    scores = values @ head.weights[numbers] + head.bias + others
    if head.several or len(head.labels) == 2:
        signs = np.where(wanted if head.several else wanted[1:], 1.0, -1.0)
        short = sure / head.steep - scores * signs
        steps = np.where(short / reach > 1e-3, short / reach, 0) * signs
    else:
        mine = int(wanted.argmax())
        rivals = np.where(wanted, -np.inf, scores * head.steep)
        rival = int(rivals.argmax())
        margin = float(scores[mine] * head.steep[mine]) - float(np.logaddexp.reduce(rivals))
        step = (sure - margin) / float(head.steep[mine]) / 2 / reach
        steps = np.zeros(len(scores))
        if step > 1e-3:
            steps[mine], steps[rival] = step, -step
    head.weights[numbers] += (moved[:, None] * steps).astype(np.float32)
    return bool(np.any(steps))
