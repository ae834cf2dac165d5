import numpy as np
import pytest

from crack_pipeline.metrics.bootstrap import interval_of
from crack_pipeline.metrics.curves import average_precision, roc_auc, sweep_grid
from crack_pipeline.metrics.histograms import ProbabilityHistograms, measure_histograms
from crack_pipeline.metrics.level_areas import list_level_columns, rate_areas


def make_photos(n_photos, seed=0, share=0.1):
    rng = np.random.default_rng(seed)
    photos = []
    for _ in range(n_photos):
        truth = (rng.random((20, 20)) < share).astype(np.uint8)
        noise = rng.normal(0.2 + 0.3 * truth, 0.2)
        probability = np.clip(noise, 0, 1).astype(np.float32)
        photos.append(measure_histograms(probability, truth, tolerance_px=0))
    return ProbabilityHistograms.stack(photos)


@pytest.mark.parametrize("seed", range(3))
def test_areas_are_those_of_the_sweep(seed):
    photos = make_photos(4, seed)
    sums = list_level_columns(photos).sum(axis=0)
    sweep = sweep_grid(photos.pooled())
    assert rate_areas(sums) == pytest.approx([roc_auc(sweep), average_precision(sweep)])


def test_areas_have_intervals_over_photos():
    columns = list_level_columns(make_photos(30))
    for found in interval_of(columns, np.arange(30), rate_areas, resamples=200):
        assert found.low < found.value < found.high


def test_masks_without_crack_leave_the_areas_undefined():
    columns = list_level_columns(make_photos(12, share=0.0))
    for found in interval_of(columns, np.arange(12), rate_areas, resamples=20):
        assert np.isnan(found.value)
        assert found.low is None
