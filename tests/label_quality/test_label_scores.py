import numpy as np
import pytest

from crack_pipeline.errors import ManifestError
from crack_pipeline.label_quality.scores import score_labels


@pytest.fixture
def predictions():
    """Twenty photos of each class, predicted well; photos 3 and 25 carry the wrong label."""
    rng = np.random.default_rng(0)
    truth = np.repeat([1, 0], 20)
    probability = np.where(truth == 1, rng.uniform(0.8, 0.99, 40), rng.uniform(0.01, 0.2, 40))
    labels = truth.copy()
    labels[[3, 25]] = 1 - labels[[3, 25]]
    return labels, probability


def test_wrong_labels_come_first_with_the_reason(predictions):
    scored = score_labels(*predictions)
    assert set(scored["score"].nlargest(2).index) == {3, 25}
    assert scored.loc[3, "reason"].startswith("labelled no crack, predicted crack (0.")
    assert scored.loc[25, "reason"].startswith("labelled crack, predicted no crack (0.")
    assert scored["check"].eq("wrong_label").sum() == 2


def test_the_score_is_one_minus_the_probability_of_the_label():
    scored = score_labels([1, 0, 1, 0], [0.9, 0.2, 0.3, 0.1])
    np.testing.assert_allclose(scored["score"], [0.1, 0.2, 0.7, 0.1])


def test_one_class_alone_cannot_be_judged():
    with pytest.raises(ManifestError, match="both classes"):
        score_labels([1, 1], [0.5, 0.6])
