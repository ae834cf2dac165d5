"""The record of measurement: truth by the exact coverage of a pixel, where it is known."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_pipeline.prediction.measurement import MeasurementRecord
from crack_pipeline.tasks.measurement import _read_exactly

MASK = np.array([[0, 1], [1, 1]], np.uint8)


@pytest.fixture
def mask_path(tmp_path: Path) -> Path:
    path = tmp_path / "composites" / "masks" / "00000.png"
    path.parent.mkdir(parents=True)
    return path


def test_the_coverage_beside_a_mask_is_the_truth(mask_path: Path) -> None:
    coverage = mask_path.parents[1] / "coverage" / mask_path.name
    coverage.parent.mkdir()
    assert cv2.imwrite(str(coverage), np.array([[51, 255], [153, 204]], np.uint8))
    exact = _read_exactly(MASK, "starter", str(mask_path))
    assert exact == pytest.approx(np.array([[0.2, 1.0], [0.6, 0.8]]))


@pytest.mark.parametrize("source", ["starter", "deepcrack", "unknown"])
def test_without_coverage_the_mask_is(mask_path: Path, source: str) -> None:
    assert np.array_equal(_read_exactly(MASK, source, str(mask_path)), MASK)


def test_a_photo_without_mask_has_none() -> None:
    assert np.array_equal(_read_exactly(MASK * 0, "starter", None), MASK * 0)


def test_error_bars_on_composites_say_so() -> None:
    assert MeasurementRecord(threshold=0.5, composites=("Starter",)).basis.endswith("on composites")
    assert not MeasurementRecord(threshold=0.5).basis.endswith("on composites")
