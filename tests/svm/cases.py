"""Which sets libsvm is recorded on, with which parameters, and where its decisions are asked for."""

import itertools

import numpy as np

import made_up
import sets

GRID = [1e-3, 1e-1, 1, 10, 1e3, 1e6]
CLOUDS = ["clouds_2", "clouds_3", "clouds_4"]
PECULIAR = [
    *["classes_100", "spread_out", "duplicates", "contradictions"],
    *["constant_features", "one_point", "one_row", "odd_labels"],
]


def made_up_cases():
    yield from itertools.product(CLOUDS, [1e-4, 1, 100], [0.01, 0.3, 10], [None])
    yield from itertools.product(PECULIAR, [1e-4, 1, 100, 1e6], [0.1, 1, 100], [None])
    # Many steps; libsvm does not end on the last.
    yield from itertools.product(["clouds_2", "clouds_800"], [1e3, 1e6], [0.3, 1], [None])
    yield from [("clouds_3", 1e4, 0.01, None), ("clouds_2", 1e6, 0.01, None)]
    balanced = itertools.product(["clouds_2", "contradictions", "one_row", "constant_features"], [1, 100], [0.3])
    yield from ((*case, "balanced") for case in balanced)
    yield "clouds_3", 1, 0.3, [[0, 1], [1, 10], [2, 0.1]]
    yield "clouds_3", 100, 0.3, [[2, 1e-3]]
    yield "contradictions", 1, 0.3, [[0, 3]]
    yield "odd_labels", 10, 0.3, [[4_000_000_000, 5], [7, 0.5]]


def cases():
    """Set, C, γ and weights of the classes."""
    yield from made_up_cases()
    yield from itertools.product(sets.sets(), GRID, GRID, [None])


def all_sets():
    return made_up.sets() | sets.sets()


def probes(rows, labels):
    """Rows of at most ten classes, a point between the first class and the last, and one far from all."""
    classes = np.unique(labels)
    some = classes[[index * len(classes) // min(len(classes), 10) for index in range(min(len(classes), 10))]]
    of_class = [rows[labels == label] for label in some]
    firsts = np.array([rows[0] for rows in of_class])
    lasts = np.array([rows[-1] for rows in of_class[:4]])
    between = (firsts[0] + firsts[-1]) * np.float32(0.5)
    return np.concatenate([firsts, lasts, [between], np.full((1, rows.shape[1]), np.float32(1e6))])


def pairs(classes):
    """The first, the middle and the last pair of classes."""
    count = classes * (classes - 1) // 2
    return sorted({0, count // 2, count - 1})
