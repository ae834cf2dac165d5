"""Cracks drawn onto a real surface, with their exact coverage."""

import numpy as np
import pytest

from crack_pipeline.sources.drawing.composites import Composite, draw_composite, lay_patch

SHAPE = (96, 128)


def _draw(seed: int, *, has_crack: bool = True, surface: str = "concrete") -> Composite:
    rng = np.random.default_rng(seed)
    patch = np.random.default_rng(9).normal(150, 5, (60, 60, 3)).astype(np.uint8)
    return draw_composite(rng, lay_patch(rng, patch, SHAPE), surface=surface, has_crack=has_crack)


def test_the_mask_is_what_is_covered_by_half() -> None:
    differing = cracked = 0
    for seed in range(6):
        drawn = _draw(seed)
        assert drawn.image.shape == (*SHAPE, 3)
        assert 0 <= drawn.coverage.min() <= drawn.coverage.max() <= 1
        differing += int(np.sum(drawn.mask.astype(bool) != (drawn.coverage >= 0.5)))
        cracked += int(drawn.mask.sum())
    assert cracked > 0
    assert differing <= 0.06 * cracked  # a pixel's centre and its area are not quite one


def test_an_equal_seed_gives_an_equal_photo_and_another_another() -> None:
    one, same, other = _draw(0), _draw(0), _draw(1)
    assert np.array_equal(one.image, same.image)
    assert np.array_equal(one.coverage, same.coverage)
    assert not np.array_equal(one.image, other.image)


@pytest.mark.parametrize("surface", ["concrete", "asphalt"])
def test_without_crack_the_truth_is_empty(surface: str) -> None:
    drawn = _draw(2, has_crack=False, surface=surface)
    assert not drawn.mask.any()
    assert not drawn.coverage.any()
