import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from crack_pipeline.errors import ShapeError
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.rates import ConfusionCounts, count_confusion


def make_counts(tp: int, fp: int, fn: int, tn: int) -> ConfusionCounts:
    return ConfusionCounts(*(np.array(count, np.int64) for count in (tp, fp, fn, tn)))


def test_rates_of_hand_worked_counts():
    counts = make_counts(6, 2, 4, 8)
    assert rates.precision(counts) == 0.75
    assert rates.recall(counts) == 0.6
    assert rates.f1(counts) == pytest.approx(2 / 3)
    assert rates.iou(counts) == 0.5
    assert rates.specificity(counts) == 0.8
    assert rates.accuracy(counts) == 0.7


@pytest.mark.parametrize("rate", [rates.precision, rates.recall, rates.f1, rates.iou])
@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param(make_counts(0, 0, 0, 9), 1.0, id="both empty"),
        pytest.param(make_counts(0, 3, 0, 6), 0.0, id="only truth empty"),
        pytest.param(make_counts(0, 0, 3, 6), 0.0, id="only prediction empty"),
    ],
)
def test_values_for_empty_masks(rate, counts, expected):
    assert rate(counts) == expected


def test_values_without_background_and_without_anything():
    assert rates.specificity(make_counts(3, 0, 1, 0)) == 1.0
    assert rates.accuracy(make_counts(0, 0, 0, 0)) == 1.0
    assert rates.harmonic_mean(0.0, 0.0) == 0.0


def test_rates_keep_the_shape_of_the_counts():
    counts = ConfusionCounts(*(np.arange(6).reshape(2, 3) for _ in range(4)))
    assert rates.f1(counts).shape == (2, 3)
    assert rates.precision(counts)[0].tolist() == [1.0, 0.5, 0.5]


@given(
    pairs=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60).filter(
        lambda pairs: any(truth for truth, _ in pairs)
    )
)
def test_rates_agree_with_scikit_learn(pairs):
    truth, predicted = (np.array(side).astype(int) for side in zip(*pairs, strict=True))
    counts = count_confusion(truth, predicted)
    for ours, theirs in (
        (rates.precision, sklearn_metrics.precision_score),
        (rates.recall, sklearn_metrics.recall_score),
        (rates.f1, sklearn_metrics.f1_score),
        (rates.iou, sklearn_metrics.jaccard_score),
    ):
        assert ours(counts) == pytest.approx(theirs(truth, predicted, zero_division=0.0))


@given(
    pairs=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=60).filter(
        lambda pairs: len({truth for truth, _ in pairs}) == 2
    )
)
def test_balanced_accuracy_and_matthews_agree_with_scikit_learn(pairs):
    truth, predicted = (np.array(side).astype(int) for side in zip(*pairs, strict=True))
    counts = count_confusion(truth, predicted)
    assert rates.balanced_accuracy(counts) == pytest.approx(
        sklearn_metrics.balanced_accuracy_score(truth, predicted)
    )
    assert rates.matthews(counts) == pytest.approx(
        sklearn_metrics.matthews_corrcoef(truth, predicted)
    )


def test_with_one_class_balanced_accuracy_is_unknown_and_matthews_is_0():
    counts = make_counts(3, 0, 1, 0)
    assert np.isnan(rates.balanced_accuracy(counts))
    assert rates.matthews(counts) == 0.0


def as_tuple(counts: ConfusionCounts) -> tuple[int, int, int, int]:
    return (
        int(counts.true_positive),
        int(counts.false_positive),
        int(counts.false_negative),
        int(counts.true_negative),
    )


def test_counts_a_hand_drawn_mask():
    truth = [[1, 1, 0], [0, 1, 0]]
    predicted = [[1, 0, 1], [0, 1, 1]]
    assert as_tuple(count_confusion(truth, predicted)) == (2, 2, 1, 1)


def test_counts_add_up_to_all_pixels():
    rng = np.random.default_rng(0)
    truth, predicted = rng.random((2, 40, 30)) > 0.5
    assert sum(as_tuple(count_confusion(truth, predicted))) == 1200


def test_pools_over_photos_and_picks_one():
    counts = ConfusionCounts(*(np.array([[k, k + 1], [10, 20]]) for k in range(4)))
    assert counts.true_positive.shape == (2, 2)
    assert counts.pooled().true_positive.tolist() == [10, 21]
    assert counts.at((slice(None), 1)).false_positive.tolist() == [2, 20]


def test_refuses_masks_of_different_size():
    with pytest.raises(ShapeError, match=r"truth \(2, 2\), prediction \(2, 3\)"):
        count_confusion(np.zeros((2, 2)), np.zeros((2, 3)))
