"""Predicted and true cracks along rows, their lengths and widths worked out by hand."""

import pytest
from tests.measure.drawn_cracks import row_crack

from crack_pipeline.measure.matching import compare_cracks


def test_a_crack_is_compared_with_the_true_one_beside_it():
    predicted, truth = row_crack(10, (20, 80), 2.0), row_crack(11.5, (20, 80), 4.0)
    comparison = compare_cracks([predicted], [truth])
    (found,) = comparison.found
    assert found.crack is predicted
    assert (found.mean_width_px, found.p95_width_px) == (4.0, 4.0)
    assert found.length_px == pytest.approx(64)
    assert comparison.false == comparison.missed == ()


def test_what_is_left_out_of_a_crack_is_no_error_of_its_length():
    truth = row_crack(10, (0, 200))
    parts = [row_crack(10, (0, 80)), row_crack(10, (120, 200))]
    comparison = compare_cracks(parts, [truth])
    # The reach beyond the tip: 3 px where the tip itself is half a width long.
    assert [one.length_px for one in comparison.found] == pytest.approx([85, 85], abs=0.6)
    assert comparison.missed == ()


def test_what_is_added_to_a_crack_is_one():
    (found,) = compare_cracks([row_crack(10, (0, 100))], [row_crack(10, (0, 70))]).found
    assert found.crack.network.length_px - found.length_px == pytest.approx(30)


def test_false_and_missed_cracks_are_apart():
    here, there = row_crack(10, (0, 60)), row_crack(50, (0, 60))
    comparison = compare_cracks([here], [there])
    assert (comparison.found, comparison.false, comparison.missed) == ((), (here,), (there,))


def test_a_crack_of_which_little_is_predicted_is_missed():
    truth = row_crack(10, (0, 200))
    comparison = compare_cracks([row_crack(10, (0, 60))], [truth])
    assert len(comparison.found) == 1
    assert comparison.missed == (truth,)


def test_a_sliver_beside_a_predicted_crack_has_no_truth_of_its_own():
    truth, main, sliver = (
        row_crack(10, (0, 90), 6.0),
        row_crack(10, (0, 90)),
        row_crack(12, (30, 60)),
    )
    comparison = compare_cracks([main, sliver], [truth])
    assert [one.crack for one in comparison.found] == [main]
    assert comparison.false == (sliver,)


@pytest.mark.parametrize("predicted", [[], [row_crack(5, (0, 50))]])
@pytest.mark.parametrize("truth", [[], [row_crack(30, (0, 50))]])
def test_photos_without_cracks_are_compared_too(predicted, truth):
    comparison = compare_cracks(predicted, truth)
    assert comparison.found == ()
    assert (len(comparison.false), len(comparison.missed)) == (len(predicted), len(truth))
