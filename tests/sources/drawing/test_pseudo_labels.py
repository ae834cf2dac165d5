"""Masks that are estimated from the darkness of a cracked patch."""

import numpy as np
import pytest

from crack_pipeline.sources.drawing.pseudo_labels import label_patch


def _concrete() -> np.ndarray:
    return np.random.default_rng(0).normal(180, 4, (227, 227, 1)).repeat(3, axis=2).astype(np.uint8)


def test_a_drawn_line_is_found_to_its_edges() -> None:
    patch = _concrete()
    patch[:, 100:108] = 40
    mask = label_patch(patch)
    assert mask is not None
    assert set(np.unique(mask)) == {0, 1}
    truth = np.zeros((227, 227), bool)
    truth[:, 100:108] = True
    assert np.sum(truth & (mask == 1)) / np.sum(truth | (mask == 1)) > 0.85


@pytest.mark.parametrize("doubt", ["short", "strays"])
def test_a_doubtful_patch_has_no_mask(doubt: str) -> None:
    patch = _concrete()
    if doubt == "short":
        patch[100:104, 60:110] = 40
    else:
        patch[:, 100:108] = 40
        for row in range(10, 220, 20):
            for column in (20, 50, 150, 180, 210):
                patch[row : row + 6, column : column + 6] = 40
    assert label_patch(patch) is None
