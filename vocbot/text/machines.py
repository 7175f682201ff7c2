"""Linear support vector machines over n-grams: what a head's weights are made of.

A second kind reads n-grams weighed by their log-count ratio (NBSVM; Wang and Manning 2012, "Baselines and Bigrams").
Being linear too, it is added to the first at no cost for prediction.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from vocbot.text.head import Floats

Codes = npt.NDArray[np.int64]
#: Weights, [n-gram, column], and the bias of each column.
Machine = tuple[Floats, Floats]

#: Cost of an error for ratios, by whether errors of rare classes cost more.
_RATIO_COST = {False: 0.5, True: 0.1}


class Recipe(NamedTuple):
    """Cost of an error, whether errors of rare classes cost more, and whether log-count ratios take part.

    At no cost they are all there is.
    """

    cost: float
    balanced: bool
    ratios: bool


class Machines:
    """The machines of one set of rows, each trained once however many recipes it takes part in."""

    def __init__(self, matrix: Any, codes: Codes, classes: int) -> None:
        self._rows = (matrix, codes, classes)
        self._made: dict[tuple[float, bool], Machine] = {}  # by cost, 0 for ratios, and balance

    def by(self, recipe: Recipe) -> Machine:
        """The machine that a recipe asks for."""
        machines = [self._plain(recipe.cost, recipe.balanced)] if recipe.cost else []
        if recipe.ratios:
            machines.append(self._by_ratios(recipe.balanced))
        weights, biases = zip(*machines, strict=True)
        return sum(weights), sum(biases)

    def _plain(self, cost: float, balanced: bool) -> Machine:
        key = (cost, balanced)
        if key not in self._made:
            self._made[key] = _support_vectors(*self._rows, cost, balanced)
        return self._made[key]

    def _by_ratios(self, balanced: bool) -> Machine:
        key = (0.0, balanced)
        if key not in self._made:
            self._made[key] = _ratios(*self._rows, balanced)
        return self._made[key]


def _support_vectors(matrix: Any, codes: Codes, classes: int, cost: float, balanced: bool) -> Machine:
    """One against the rest for each class; a single column where there are two."""
    columns = 1 if classes == 2 else classes
    weights = np.zeros((matrix.shape[1], columns), np.float32)
    bias = np.full(columns, -1, np.float32)  # of a class that these rows lack
    present = np.unique(codes)
    if len(present) > 1:
        machine = LinearSVC(C=cost, class_weight="balanced" if balanced else None, random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            machine.fit(matrix, codes)
        at = [0] if columns == 1 else present
        if len(present) == 2 and columns > 1:  # scikit-learn gives one column
            weights[:, at] = np.stack([-machine.coef_[0], machine.coef_[0]], axis=1)
            bias[at] = (-machine.intercept_[0], machine.intercept_[0])
        else:
            weights[:, at] = machine.coef_.T
            bias[at] = machine.intercept_
    elif columns == 1:
        bias[0] = 1 if present.any() else -1
    return weights, bias


def _ratios(matrix: Any, codes: Codes, classes: int, balanced: bool) -> Machine:
    """For each class, support vectors over n-grams that weigh as much as they tell it from the others."""
    occurs = (matrix > 0).astype(np.float32)
    weights, biases = [], []
    for label in (1,) if classes == 2 else range(classes):
        mine = codes == label
        inside, outside = (np.asarray(occurs[rows].sum(axis=0)).ravel() + 1 for rows in (mine, ~mine))
        ratio = np.abs(np.log((inside / inside.sum()) / (outside / outside.sum())))
        ratio /= max(1e-6, float(np.sqrt(np.mean(ratio * ratio))))
        ratio = ratio.astype(np.float32)
        rows = (matrix.multiply(ratio).tocsr(), mine.astype(np.int64))
        column, bias = _support_vectors(*rows, 2, _RATIO_COST[balanced], balanced)
        weights.append(column[:, 0] * ratio)
        biases.append(bias[0])
    return np.stack(weights, axis=1), np.asarray(biases, np.float32)
