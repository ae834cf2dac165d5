import io

import numpy as np
import pytest

from crack_pipeline.figures.curves import (
    Curve,
    draw_precision_recall_curve,
    draw_roc_curve,
    draw_threshold_curve,
)
from crack_pipeline.metrics.curves import sweep_scores

SWEEP = sweep_scores([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.9])


def legend_of(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_threshold_curve_shows_three_rates_and_marks_the_choice():
    figure = draw_threshold_curve(SWEEP, threshold=0.25, score=0.8, title="Photos")
    axes = figure.axes[0]
    assert legend_of(figure) == ["F1", "Precision", "Recall", "chosen 0.25, F1 0.800"]
    assert axes.get_xlabel().startswith("Threshold")
    assert axes.lines[0].get_ydata() == pytest.approx([2 / 3, 0.8, 0.5, 2 / 3])
    assert list(axes.lines[-1].get_xdata()) == [0.25]


def test_threshold_curve_of_a_degenerate_choice_marks_no_score():
    figure = draw_threshold_curve(SWEEP, threshold=0.5, score=None, title="Photos")
    assert legend_of(figure) == ["F1", "Precision", "Recall"]


def test_precision_recall_shows_model_baseline_and_guess():
    model = Curve("unet", [1, 0.5], [0.4, 1.0], (0.5, 1.0), "unet at its threshold")
    figure = draw_precision_recall_curve(
        [model, Curve("black-hat", [1, 0.2], [0.4, 0.7])], prevalence=0.4, title="Pixels"
    )
    assert legend_of(figure) == [
        "unet",
        "unet at its threshold",
        "black-hat",
        "guessing (0.400)",
    ]
    assert figure.axes[0].get_xlabel().startswith("Recall")


def test_roc_shows_the_guess_as_the_diagonal():
    figure = draw_roc_curve([Curve("unet", [0, 0, 1], [0, 1, 1])], title="Pixels")
    assert legend_of(figure) == ["unet", "guessing"]
    np.testing.assert_array_equal(figure.axes[0].lines[-1].get_xydata(), [[0, 0], [1, 1]])


def test_curves_can_be_saved_without_a_display():
    figure = draw_roc_curve([Curve("unet", [0, 0, 1], [0, 1, 1])], title="Pixels")
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=40)
    assert file.getvalue().startswith(b"\x89PNG")


def test_a_peak_that_was_not_taken_is_marked():
    figure = draw_threshold_curve(
        SWEEP, threshold=0.25, score=0.8, title="Photos", peak_threshold=0.75
    )
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert any(label.startswith("highest F1 at 0.75") for label in labels)
