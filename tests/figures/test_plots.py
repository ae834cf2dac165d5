import numpy as np
import pytest

from crack_pipeline.figures.plots import (
    draw_counts,
    new_plot_with_counts,
    scale_by_decades,
    shorten_count,
)


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0"), (12, "12"), (3500, "3.5 k"), (100_000, "100 k"), (2e6, "2 M")]
)
def test_counts_are_written_briefly(count, text):
    assert shorten_count(count) == text


def make_strip(counts):
    _, _, strip = new_plot_with_counts(title="", x_label="", y_label="", count_label="Photos")
    draw_counts(strip, np.arange(len(counts)), counts, width=0.9)
    scale_by_decades(strip, counts)
    return strip


def test_decades_leave_every_filled_bin_in_sight():
    strip = make_strip([10, 0, 4000])
    assert strip.get_ylim() == (1, 10_000)


def test_empty_bins_keep_a_linear_axis():
    assert make_strip([0, 0]).get_yscale() == "linear"
