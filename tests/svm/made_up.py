"""The sets that `made_up.rs` makes as well, bit for bit."""

import numpy as np

F32 = np.float32


def uniforms(count):
    """From 0 to 1, by a linear congruential generator."""
    state, found = 12_345, np.empty(count, F32)
    for index in range(count):
        state = (state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
        found[index] = F32(state >> 40) / F32(2**24)
    return found


def clouds(rows, features, classes):
    """Overlapping clouds; that of class k lies apart in feature k."""
    labels = np.arange(rows, dtype=np.uint32) % classes
    centres = np.where(np.arange(features) == labels[:, None], F32(1.3), F32(0))
    parts = uniforms(rows * features * 4).reshape(rows, features, 4) - F32(0.5)
    sums = parts[..., 0] + parts[..., 1] + parts[..., 2] + parts[..., 3]
    return centres + sums * F32(1.7), labels


def spread_out():
    """Two groups of neighbours far apart: squares of 10⁶ hide the distances between neighbours."""
    rows = np.array([start + step / 10 for start in (0, 1000) for step in range(20)])
    return rows.astype(F32)[:, None], np.arange(40, dtype=np.uint32) % 2


def duplicates():
    rows, labels = clouds(100, 4, 2)
    return rows.repeat(3, 0), labels.repeat(3)


def contradictions():
    rows, labels = clouds(120, 4, 2)
    return np.concatenate([rows, rows]), np.concatenate([labels, 1 - labels])


def constant_features():
    rows, labels = clouds(200, 3, 3)
    return np.concatenate([rows, np.full((200, 1), F32(3.5)), np.zeros((200, 1), F32)], 1), labels


def one_point():
    return np.full((40, 3), F32(2.5)), (np.arange(40) % 4 == 0).astype(np.uint32)


def one_row():
    rows, _ = clouds(150, 4, 2)
    return rows, (np.arange(150) == 1).astype(np.uint32)


def odd_labels():
    rows, labels = clouds(150, 4, 3)
    return rows, np.array([4_000_000_000, 7, 9], np.uint32)[labels]


def sets():
    """Rows and labels by name."""
    return {
        "clouds_2": clouds(300, 4, 2),
        "clouds_3": clouds(300, 5, 3),
        "clouds_4": clouds(400, 6, 4),
        "clouds_800": clouds(800, 5, 2),
        "classes_100": clouds(400, 10, 100),
        "spread_out": spread_out(),
        "duplicates": duplicates(),
        "contradictions": contradictions(),
        "constant_features": constant_features(),
        "one_point": one_point(),
        "one_row": one_row(),
        "odd_labels": odd_labels(),
    }
