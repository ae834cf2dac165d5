import numpy as np
import pytest
from tests.prediction.stand_ins import bundle_of

from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.tasks.label_scores import pair_labels, score_split
from crack_pipeline.tasks.outcomes import Subject

INFO = ModelInfo(task="classification", model="fake", tile_px=48, batch_size=4)


def _see_the_upper_half(batch: np.ndarray) -> np.ndarray:
    return 1 - batch[:, :24].mean(axis=(1, 2, 3)).astype(np.float32) / 255


def _see_all(batch: np.ndarray) -> np.ndarray:
    return 1 - batch.mean(axis=(1, 2, 3)).astype(np.float32) / 255


def test_the_views_of_the_subject_are_averaged(line_manifest):
    subject = Subject(bundle_of(_see_the_upper_half, INFO), line_manifest, "lines")
    upper, both = (score_split(subject.under(views), "validation") for views in ("none", "flips"))
    assert upper.probabilities != pytest.approx(both.probabilities, abs=1e-6)
    whole = Subject(bundle_of(_see_all, INFO), line_manifest, "lines")
    expected = score_split(whole, "validation")
    assert both.probabilities == pytest.approx(expected.probabilities, abs=1e-6)


def test_counts_at_a_threshold(line_manifest):
    rows = line_manifest.head(4).assign(label=[1, 1, 0, 0])
    counts = pair_labels(rows, [0.9, 0.2, 0.7, 0.1]).counts_at(0.5)
    assert (int(counts.true_positive), int(counts.false_positive)) == (1, 1)
    assert (int(counts.false_negative), int(counts.true_negative)) == (1, 1)
