"""Teaches a head its mistakes without its training rows: the smallest change after which it answers as corrected.

Passive-aggressive steps (Crammer et al. 2006), but nearly all of a step falls on n-grams that are rare or that the head
never saw: they say what is special about the corrected text, and other texts seldom have them, so that other answers
stay. Rare words that are shared do carry a correction over to texts like it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from vocbot.sdk.errors import VocbotError
from vocbot.text.head import Floats, Head, slots
from vocbot.text.vectors import Ints, grams

_ROUNDS = 200
#: How sure a head shall be of a corrected answer, as a logit: 3 of 4.
_SURE = float(np.log(3))
#: By which power of its rarity an n-gram takes part: at 4, one in 20 texts moves a fortieth of what an unseen one does.
_LOCAL = 4


def corrected(head: Head, texts: Sequence[str], labels: Sequence[Collection[str]]) -> Head:
    """The head after its answers to `texts` were corrected; one label each, or all that apply where it gives several.

    Corrections bear on each other, so give all there are, and the head as it was before any. Raises VocbotError at a
    label that the head does not know, and where two corrections contradict each other.
    """
    unknown = sorted({name for row in labels for name in row} - set(head.labels))
    if unknown:
        known = ", ".join(head.labels)
        raise VocbotError(f"the head knows no label {unknown[0]!r}, only {known}: train it on rows that have it")
    wider = _with_ngrams_of(head, texts)
    wanted = np.asarray([[name in row for name in head.labels] for row in labels])
    rows = [wider.vectors(grams([text])) for text in texts]
    locality = (wider.rarity / wider.rarity.max()) ** _LOCAL
    for _ in range(_ROUNDS):
        steps = [_step(wider, row.numbers, row.values, want, locality) for row, want in zip(rows, wanted, strict=True)]
        if not any(steps):
            return wider
    raise VocbotError("the corrections contradict each other: the same words with different labels")


def _with_ngrams_of(head: Head, texts: Sequence[str]) -> Head:
    """With the n-grams of texts, as the rarest of all, that decide nothing yet."""
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


def _step(head: Head, numbers: Ints, values: Floats, wanted: npt.NDArray[np.bool_], locality: Floats) -> bool:
    """Move the weights towards what is wanted of one text, in place; whether that was needed."""
    if not len(numbers):
        return False
    moved = values * locality[numbers]
    reach = float(values @ moved)
    scores = values @ head.weights[numbers] + head.bias
    if head.several or len(head.labels) == 2:
        signs = np.where(wanted if head.several else wanted[1:], 1.0, -1.0)
        short = _SURE / head.steep - scores * signs
        steps = np.where(short / reach > 1e-3, short / reach, 0) * signs
    else:
        mine = int(wanted.argmax())
        rival = int(np.where(wanted, -np.inf, scores).argmax())
        step = float(_SURE / head.steep[mine] - (scores[mine] - scores[rival])) / 2 / reach
        steps = np.zeros(len(scores))
        if step > 1e-3:
            steps[mine], steps[rival] = step, -step
    head.weights[numbers] += (moved[:, None] * steps).astype(np.float32)
    return bool(np.any(steps))
