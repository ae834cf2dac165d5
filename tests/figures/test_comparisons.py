import itertools

import numpy as np
import pytest
from matplotlib.text import Text

from crack_pipeline.figures.comparisons import (
    choose_text_colour,
    draw_cross_validation,
    draw_leakage,
    draw_matrix,
    draw_model_comparison,
)


def _report(n_candidates: int, *, alike: bool) -> dict:
    costs = ("n_parameters", "flops", "seconds_training", "ms_a_tile_in_batch")
    candidates = [
        {
            "name": f"network_{place}",
            "f1": {"value": 0.86 - 0.002 * place, "low": 0.8, "high": 0.9},
            **dict.fromkeys(costs, 1e6 if alike else 1e6 * (place + 1)),
        }
        for place in range(n_candidates)
    ]
    return {
        "dataset": "lines",
        "measured_on": "validation",
        "headlines": [["f1_pooled", "F1"]],
        "steps": 40,
        "batch_sizes": [4, 8],
        "tile_px": 32,
        "seeds": 1,
        "cores": 2.0,
        "candidates": candidates,
        "failed": {"broken": "tile too small"},
    }


@pytest.mark.parametrize("alike", [False, True])
def test_no_number_covers_another(alike):
    figure = draw_model_comparison(_report(9, alike=alike))
    figure.draw_without_rendering()
    assert len(figure.axes) == 4
    for axes in figure.axes:
        boxes = [Text.get_window_extent(text) for text in axes.texts]
        assert [text.get_text() for text in axes.texts] == [str(place) for place in range(1, 10)]
        assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
        panel = axes.get_window_extent()
        assert all(panel.contains(*np.mean(box.get_points(), axis=0)) for box in boxes)


def test_names_and_budget_are_written_beside_the_panels():
    figure = draw_model_comparison(_report(1, alike=True))
    names, title = (text.get_text() for text in figure.texts)
    assert names == "1  network_0"
    assert "40 steps of 4–8 tiles of 32 px" in title
    assert figure.axes[0].get_ylabel() == "F1 on validation"


def test_scores_without_bounds_are_points():
    report = _report(2, alike=False)
    for entry in report["candidates"]:
        entry["f1"] |= {"low": None, "high": None}
    figure = draw_model_comparison(report)
    figure.draw_without_rendering()
    assert [len(axes.lines) for axes in figure.axes] == [2] * 4


def test_each_metric_has_a_column_with_every_fold():
    report = {
        "dataset": "lines",
        "model": "unet",
        "folds": [
            {"photos": 4, "metrics": {"fold_f1": value, "fold_recall": value}}
            for value in (0.5, 0.7)
        ],
        "metrics": {
            "fold_f1_mean": 0.6,
            "fold_f1_sd": 0.14,
            "out_of_fold_f1": 0.61,
            "fold_recall_mean": 0.6,
            "fold_recall_sd": 0.14,
            "out_of_fold_recall": 0.61,
        },
        "shown": [["f1", "F1"], ["recall", "recall"]],
    }
    figure = draw_cross_validation(report)
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["F1", "recall"]
    assert "8 photos out of fold" in axes.get_title(loc="left")
    figure.canvas.draw()


def test_each_model_has_both_splits_and_its_seeds_as_dots():
    interval = {"value": 0.9, "low": 0.8, "high": 0.95}
    report = {
        "dataset": "lines",
        "photos": 14,
        "test_related_share": 0.25,
        "scores": [
            {"model": "cnn", "split": kind, "by_seed": {"0": 0.9, "1": 0.91}, **interval}
            for kind in ("random", "group_safe")
        ],
        "differences": [{"model": "cnn", "value": 0.0, "low": -0.1, "high": 0.1}],
        "relatives": [{"model": "cnn", "related": interval, "kept_apart": None}],
    }
    figure = draw_leakage(report)
    splits, relatives = figure.axes
    assert [label.get_text() for label in splits.get_xticklabels()] == ["cnn"]
    dots = [line for line in splits.lines if line.get_marker() == "."]
    assert [len(line.get_xdata()) for line in dots] == [2, 2]
    assert "25\u00a0% of the random test part" in relatives.get_title(loc="left")
    assert len(relatives.containers) == 1, "what could not be measured is not drawn"
    figure.canvas.draw()


def test_scores_of_a_split_without_bounds_are_points():
    bare = {"model": "cnn", "value": 0.9, "low": None, "high": None}
    report = {
        "dataset": "lines",
        "photos": 14,
        "test_related_share": 0.0,
        "scores": [
            {"split": kind, "by_seed": {"0": 0.9}, **bare} for kind in ("random", "group_safe")
        ],
        "differences": [{**bare, "value": 0.0}],
        "relatives": [{"model": "cnn", "related": None, "kept_apart": None}],
    }
    figure = draw_leakage(report)
    figure.canvas.draw()
    assert len(figure.axes[0].containers) == 2


@pytest.mark.parametrize(
    ("ground", "colour"),
    [
        ((1, 1, 1), "black"),
        ((0, 0, 0), "white"),
        ((0.9, 0.9, 0.1, 1), "black"),
        ((0.27, 0.0, 0.33), "white"),
    ],
)
def test_words_stand_out(ground, colour):
    assert choose_text_colour(ground) == colour


def test_cells_have_words_and_colours_a_bar():
    values = np.array([[0.0, 0.5], [np.nan, 1.0]])
    figure = draw_matrix(
        values, [["a", "b"], ["c", "d"]], rows=["1", "2"], columns=["x", "y"], title="title"
    )
    axes, bar = figure.axes
    assert [text.get_text() for text in axes.texts] == ["a", "b", "c", "d"]
    assert bar.get_ylim() == (0, 1)
    # Every colour of the map is light enough for one colour of words.
    assert {text.get_color() for text in axes.texts} == {"black"}
