"""Texts as points: near where they share terms, or terms that are used alike or spelled alike.

Latent semantic analysis (Deerwester et al. 1990) of the terms and of the pieces of their spelling, by randomized
subspace iteration (Halko, Martinsson and Tropp 2011), learnt from nothing but the texts themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

Floats = np.ndarray[Any, np.dtype[np.float32]]

DIMENSIONS = 120
_MORE = 10  # dimensions computed and dropped: makes the others exact
_PASSES = 2
_LEAST_TEXTS = 2


def incidence(texts: Sequence[np.ndarray[Any, Any]], terms: int) -> sp.csr_matrix:
    """Text x term: 1 where the text has the term."""
    lengths = np.fromiter((len(t) for t in texts), np.int64, len(texts))
    indices = np.concatenate(texts) if len(texts) else np.zeros(0, np.int32)
    pointers = np.concatenate(([0], np.cumsum(lengths)))
    return sp.csr_matrix((np.ones(len(indices), np.float32), indices, pointers), shape=(len(texts), terms))


def rarity(found: sp.csr_matrix) -> Floats:
    """The inverse document frequency of each column."""
    n = found.shape[0]
    return np.asarray(np.log((1 + n) / (1 + np.bincount(found.indices, minlength=found.shape[1]))), np.float32)


def place(found: sp.csr_matrix, grams: Sequence[tuple[int, ...]], weights: Floats) -> Floats:
    """The points of texts, one a row, of length 1. `found` is text x term, `weights` what each term counts;
    `grams` are the pieces of each term's spelling. Texts without a term that another text has are zeros."""
    kept = np.flatnonzero(np.bincount(found.indices, minlength=found.shape[1]) >= _LEAST_TEXTS)
    if not len(kept):
        return np.zeros((found.shape[0], 1), np.float32)
    few = found[:, kept]
    heavy = weights[kept]
    sides = [_unit(few @ sp.diags_array(heavy))]
    pieces = [grams[term] for term in kept.tolist()]
    lengths = np.fromiter((len(p) for p in pieces), np.int64, len(pieces))
    if lengths.sum():
        columns = np.fromiter((gram for p in pieces for gram in p), np.int64, int(lengths.sum()))
        used, columns = np.unique(columns, return_inverse=True)
        share = np.repeat(heavy / np.maximum(rarity(few), 1e-6), lengths).astype(np.float32)
        spelled = sp.csr_matrix(
            (np.ones(len(columns), np.float32), columns, np.concatenate(([0], np.cumsum(lengths)))),
            shape=(len(kept), len(used)),
        )
        in_texts = (few @ spelled).tocsr()
        spelled.data = share
        sides.append(_unit((few @ spelled).tocsr() @ sp.diags_array(rarity(in_texts))))
    return unit(_reduced(_unit(sp.hstack(sides).tocsr())))


def unit(points: Floats) -> Floats:
    """The points with rows of length 1 (zeros stay)."""
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / np.where(lengths > 0, lengths, 1), np.float32)


def _unit(rows: Any) -> sp.csr_matrix:
    rows = sp.csr_matrix(rows)
    squares = np.asarray(rows.multiply(rows).sum(axis=1)).ravel()
    return sp.csr_matrix(sp.diags_array((1 / np.sqrt(np.where(squares > 0, squares, 1))).astype(np.float32)) @ rows)


def _reduced(rows: sp.csr_matrix) -> Floats:
    wanted = min(DIMENSIONS, *rows.shape)
    columns = rows.T.tocsr()
    basis = np.random.default_rng(0).standard_normal((rows.shape[1], min(wanted + _MORE, *rows.shape)), np.float32)
    for _ in range(_PASSES):
        basis = _orthonormal(columns @ _orthonormal(rows @ basis))
    reduced = rows @ basis
    _, turn = np.linalg.eigh(reduced.T @ reduced)
    return np.asarray((reduced @ turn[:, ::-1])[:, :wanted], np.float32)


def _orthonormal(columns: Floats) -> Floats:
    """A basis of what the columns span, by their Gram matrix: a few times faster than QR, and near enough here."""
    values, vectors = np.linalg.eigh(columns.T.astype(np.float32) @ columns)
    kept = values > max(float(values[-1]), 0.0) * 1e-6
    turn = vectors[:, kept] / np.sqrt(values[kept])
    return np.asarray(columns @ turn, np.float32)
