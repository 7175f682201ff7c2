"""Makes a head from labelled texts: its recipe and its confidence are cross-validated.

The same rows give the same head.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix

from vocbot.sdk.errors import VocbotError
from vocbot.text.head import BITS, Floats, Head, slots
from vocbot.text.levelled import Hashes, batches
from vocbot.text.machines import Codes, Machine, Machines, Recipe
from vocbot.text.vectors import grams

_FOLDS = 3
#: The recipe is chosen on so many rows at most: more do not change the choice, only the time.
_SAMPLE = 12_000
#: With fewer rows, n-grams that occur once are all there is.
_MANY = 500
#: Log-count ratios are asked of so few classes only: each is a machine of its own, and rare classes give bad ratios.
_FEW_CLASSES = 12
#: Several labels: each is rare, and told by few words. The first is better with many rows, the second with few.
_SEVERAL = (Recipe(0, True, True), Recipe(0.5, False, True))
_RARE = 10
#: How far starts are moved, and how often each is tried.
_STEPS, _MOVES = (-0.4, -0.2, -0.1, -0.05, 0.05, 0.1, 0.2, 0.4), 3
#: Between which powers of ten steepness is looked for.
_STEEP = (-1.5, 2.0)


@dataclass(frozen=True)
class Trained:
    """A head, and what cross-validation says of it: a mapping fit for JSON."""

    head: Head
    about: dict[str, Any]


def train(
    texts: Sequence[str],
    labels: Sequence[str],
    recipe: Recipe | None = None,
    judged: slice = slice(None),
    shared: Sequence[str] = (),
) -> Trained:
    """A head that gives one label; without a recipe the best is found. Raises VocbotError without two labels.

    Only the `judged` rows say how good and how sure it is: the others may be no texts such as it will be asked about.
    Heads with the same `shared` texts know the n-grams of those, all the same.
    """
    names, codes = np.unique(np.asarray(labels, np.str_), return_inverse=True)
    if len(names) < 2:
        said = f"only {str(names[0])!r}" if len(names) else "no row"
        raise VocbotError(f"a head tells labels apart, and the rows have {said}: give rows of at least two labels")
    found = _Vocabulary(shared or texts, bool(shared))
    matrix = found.matrix(texts)
    few = len(names) <= _FEW_CLASSES
    recipes = [recipe] if recipe else _recipes(few)
    rows, scores = _cross_validated(matrix, codes, len(names), recipes)
    ours = np.isin(rows, np.arange(len(texts))[judged])
    rows, scores = rows[ours], {one: score[ours] for one, score in scores.items()}
    truth = codes[rows]
    best = max(recipes, key=lambda one: _quality(truth, scores[one]))
    steep = _steepness(partial(_surprise, truth, scores[best]))
    machine = Machines(matrix, codes, len(names)).by(best)
    head = found.head(names.tolist(), False, machine, np.full(machine[1].shape, steep, np.float32))
    answers = _each(scores[best]).argmax(axis=1)
    about = {
        "rows": len(texts),
        "labels": dict(zip(names.tolist(), np.bincount(codes).tolist(), strict=True)),
        "recipe": best._asdict(),
        "accuracy": round(float(np.mean(answers == truth)), 4),
        "macro_f1": round(_macro_f1(truth, answers), 4),
        "miscalibration": round(_miscalibration(truth, head.probabilities(scores[best])), 4),
    }
    return Trained(head, about)


def train_several(texts: Sequence[str], labels: Sequence[Collection[str]], shared: Sequence[str] = ()) -> Trained:
    """A head that gives any number of labels, each found or not by itself. Raises VocbotError where there is none.

    Where a label begins to apply is set so that its F1 is best, as most labels are rare; where each row has one, so
    that the F1 of all together is best when the likeliest is always said.
    """
    names = sorted({name for row in labels for name in row})
    if not names:
        raise VocbotError("no row has a label: separate labels by |, such as price|delivery")
    found = _Vocabulary(shared or texts, bool(shared))
    matrix = found.matrix(texts)
    codes = [np.asarray([name in row for row in labels], np.int64) for name in names]
    held = [_cross_validated(matrix, mine, 2, _SEVERAL) for mine in codes]
    tried = {
        recipe: [_started(mine[rows], scores[recipe]) for mine, (rows, scores) in zip(codes, held, strict=True)]
        for recipe in _SEVERAL
    }
    quality = {recipe: _micro_f1(started) for recipe, started in tried.items()}
    if all(labels):
        for recipe, started in tried.items():
            tried[recipe], quality[recipe] = _started_together(started, [rows for rows, _ in held])
    best = max(tried, key=lambda recipe: quality[recipe])
    machines = [Machines(matrix, mine, 2).by(best) for mine in codes]
    weights = np.concatenate([weights for weights, _ in machines], axis=1)
    bias = np.asarray([bias[0] - one.start for (_, bias), one in zip(machines, tried[best], strict=True)], np.float32)
    # the likeliest of all is to be that with the highest score where starts were set so
    alike = [tried[best]] * len(names) if all(labels) else [[one] for one in tried[best]]
    steep = np.asarray([_steepness(partial(_surprise_of_all, some)) for some in alike], np.float32)
    about = {
        "rows": len(texts),
        "labels": dict(zip(names, (int(mine.sum()) for mine in codes), strict=True)),
        "recipe": best._asdict(),
        "micro_f1": round(quality[best], 4),
    }
    return Trained(found.head(names, True, (weights, bias), steep), about)


class _Started(NamedTuple):
    """Of one label: who has it, scores so that it applies from 0 on, and where that was."""

    truth: Codes
    scores: Floats
    start: float


def _started(truth: Codes, scores: Floats) -> _Started:
    start = _best_start(truth, scores[:, 0])
    return _Started(truth, scores - np.float32(start), start)


def _started_together(found: Sequence[_Started], rows: Sequence[Codes]) -> tuple[list[_Started], float]:
    """The labels so that their micro-F1 is best when the likeliest is always said, by moving one start at a time; and
    that F1. `rows` are those of each label's scores."""
    common = reduce(np.intersect1d, rows)
    places = [np.argsort(mine)[np.searchsorted(np.sort(mine), common)] for mine in rows]
    scores = np.stack([one.scores[place, 0] for one, place in zip(found, places, strict=True)], axis=1)
    truth = np.stack([one.truth[place] for one, place in zip(found, places, strict=True)], axis=1).astype(np.bool_)
    moved = np.zeros(len(found), np.float32)
    best = _said_f1(scores, truth)
    for _ in range(_MOVES):
        for label in range(len(found)):
            for step in _STEPS:
                tried = moved.copy()
                tried[label] += step
                f1 = _said_f1(scores - tried, truth)
                if f1 > best:
                    moved, best = tried, f1
    return [
        _Started(one.truth, one.scores - by, one.start + float(by)) for one, by in zip(found, moved, strict=True)
    ], best


def _said_f1(scores: Floats, truth: npt.NDArray[np.bool_]) -> float:
    said = scores >= 0
    said[np.arange(len(said)), scores.argmax(axis=1)] = True
    return float(2 * (said & truth).sum() / max(1, said.sum() + truth.sum()))


def _micro_f1(found: Sequence[_Started]) -> float:
    hits = sum(int(one.truth[one.scores[:, 0] >= 0].sum()) for one in found)
    both = sum(int((one.scores >= 0).sum() + one.truth.sum()) for one in found)
    return 2 * hits / max(1, both)


def _recipes(few: bool) -> list[Recipe]:
    """Those worth trying."""
    if not few:
        return [Recipe(cost, False, False) for cost in (0.5, 1.0, 2.0)]
    return [
        Recipe(c, balanced, ratios) for c in (0.2, 0.5, 1.0) for balanced in (False, True) for ratios in (False, True)
    ]


def _best_start(truth: Codes, score: Floats) -> float:
    """From which score on a label should apply for the best F1; 0 where it is too rare to say."""
    if truth.sum() < _RARE:
        return 0.0
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(truth[order])
    f1 = 2 * hits / (np.arange(1, len(truth) + 1) + truth.sum())
    best = int(f1.argmax())
    after = order[min(best + 1, len(order) - 1)]
    return float((score[order[best]] + score[after]) / 2)


class _Vocabulary:
    """The n-grams of texts that occur often enough, and the texts' vectors over them."""

    def __init__(self, texts: Sequence[str], all_kept: bool) -> None:
        self._all_kept = all_kept
        counts = np.zeros(2 << BITS, np.int64)
        for part in batches(texts):
            read = grams(part)
            place = slots(read).astype(np.int64)
            once = np.unique((read.texts.astype(np.int64) << (BITS + 1)) | place) & ((2 << BITS) - 1)
            counts += np.bincount(once, minlength=len(counts))
        self.slots: Hashes = np.flatnonzero(counts >= (2 if len(texts) >= _MANY else 1)).astype(np.uint32)
        self.rarity = (np.log((1 + len(texts)) / (1 + counts[self.slots])) + 1).astype(np.float32)

    def matrix(self, texts: Sequence[str]) -> Any:
        """[text, n-gram]"""
        # A head without weights turns texts into vectors just as it will when it predicts.
        nothing = np.zeros((len(self.slots), 1), np.float32)
        reader = Head((), False, self.slots, self.rarity, nothing, nothing[0], nothing[0])
        lengths, columns, values = [], [], []
        for part in batches(texts):
            text, column, value = reader.vectors(grams(part))
            lengths.append(np.bincount(text, minlength=len(part)))
            columns.append(column)
            values.append(value)
        starts = np.concatenate([np.zeros(1, np.int64), np.concatenate(lengths).cumsum()])
        shape = (len(texts), len(self.slots))
        return csr_matrix((np.concatenate(values), np.concatenate(columns), starts), shape=shape)

    def head(self, labels: Sequence[str], several: bool, machine: Machine, steep: Floats) -> Head:
        """A head with these weights; without the n-grams that have none, unless heads share them."""
        weights, bias = machine
        used = np.flatnonzero(np.abs(weights).max(axis=1) >= (0 if self._all_kept else 1e-12))
        return Head(tuple(labels), several, self.slots[used], self.rarity[used], weights[used], bias, steep)


def _cross_validated(
    matrix: Any, codes: Codes, classes: int, recipes: Sequence[Recipe]
) -> tuple[Codes, dict[Recipe, Floats]]:
    """The rows that were held out, and their scores by each recipe."""
    folds = _folds(codes)
    scores: dict[Recipe, list[Floats]] = {recipe: [] for recipe in recipes}
    held: list[Codes] = []
    for number in range(_FOLDS):
        inside, outside = np.flatnonzero((folds >= 0) & (folds != number)), np.flatnonzero(folds == number)
        held.append(outside)
        given = matrix[outside]
        machines = Machines(matrix[inside], codes[inside], classes)
        for recipe in recipes:
            weights, bias = machines.by(recipe)
            scores[recipe].append(given @ weights + bias)
    return np.concatenate(held), {recipe: np.concatenate(parts) for recipe, parts in scores.items()}


def _folds(codes: Codes) -> Codes:
    """The fold of each row, labels spread evenly; -1 for rows that a large set can do without here."""
    shuffled = np.random.default_rng(0).permutation(len(codes))
    order = shuffled[np.argsort(codes[shuffled], kind="stable")]
    folds = np.full(len(codes), -1, np.int64)
    kept = order[:: -(-len(codes) // _SAMPLE)]
    folds[kept] = np.arange(len(kept)) % _FOLDS
    return folds


def _each(scores: Floats) -> Floats:
    """[row, label]: scores of two labels from one column."""
    return np.concatenate([-scores, scores], axis=1) if scores.shape[1] == 1 else scores


def _quality(codes: Codes, scores: Floats) -> float:
    """The mean of accuracy and macro-F1: who trains wants rare labels found too."""
    answers = _each(scores).argmax(axis=1)
    return (float(np.mean(answers == codes)) + _macro_f1(codes, answers)) / 2


def _macro_f1(codes: Codes, answers: Codes) -> float:
    size = int(max(codes.max(), answers.max())) + 1
    both = np.bincount(codes[codes == answers], minlength=size)
    either = np.bincount(codes, minlength=size) + np.bincount(answers, minlength=size)
    seen = either > 0
    return float(np.mean(2 * both[seen] / either[seen]))


def _surprise(codes: Codes, scores: Floats, scale: float) -> float:
    """Mean negative logarithm of what scores times `scale` say of the true label."""
    shifted = _each(scores * np.float32(scale / 2 if scores.shape[1] == 1 else scale))
    shifted = shifted - shifted.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(codes)), codes]))


def _surprise_of_all(found: Sequence[_Started], scale: float) -> float:
    return sum(_surprise(one.truth, one.scores, scale) for one in found)


def _steepness(cost: Callable[[float], float]) -> float:
    """By what to multiply scores so that they surprise least (temperature scaling; Guo et al. 2017)."""
    found = minimize_scalar(lambda power: cost(10**power), bounds=_STEEP, method="bounded")
    return float(10**found.x)


def _miscalibration(codes: Codes, chances: Floats) -> float:
    """Expected calibration error over ten bins: how far confidence is from the share of right answers."""
    sure, right = chances.max(axis=1), chances.argmax(axis=1) == codes
    bins = np.minimum((sure * 10).astype(np.int64), 9)
    size = np.bincount(bins, minlength=10)
    gap = np.bincount(bins, sure - right, minlength=10)
    return float(np.abs(gap).sum() / max(1, size.sum()))
