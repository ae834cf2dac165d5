import io

import numpy as np
import pytest

from crack_pipeline.figures.curves import (
    Curve,
    draw_confusion_matrix,
    draw_precision_recall_curve,
    draw_reliability,
    draw_risk_coverage,
    draw_roc_curve,
    draw_threshold_curve,
)
from crack_pipeline.metrics.calibration import count_reliability
from crack_pipeline.metrics.curves import sweep_scores
from crack_pipeline.metrics.rates import ConfusionCounts
from crack_pipeline.metrics.risk_coverage import trace_risk

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


def test_shows_curves_before_and_after_and_what_the_bins_of_the_last_hold():
    before = count_reliability([0.1, 0.9, 0.95], [0, 1, 0], bins=2)
    after = count_reliability([0.3, 0.7, 0.8], [0, 1, 0], bins=2)
    lines = [("as predicted", before), ("scaled", after)]
    figure = draw_reliability(lines, unit="photos", title="Photos")
    axes, strip = figure.axes
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["calibrated", "as predicted", "scaled"]
    np.testing.assert_allclose(axes.lines[2].get_xydata(), [[0.3, 0.0], [0.75, 0.5]])
    assert [bar.get_height() for bar in strip.patches] == [1, 2]
    assert strip.get_ylabel() == "Photos"


def test_nothing_to_count_is_drawn_as_nothing():
    lines = [("as predicted", count_reliability([], []))]
    figure = draw_reliability(lines, unit="pixels", title="Empty masks")
    figure.savefig(io.BytesIO(), format="png")
    assert figure.axes[0].lines[1].get_xdata().size == 0


def names_of(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_marks_the_share_that_halves_the_risk_on_the_curve():
    curve = trace_risk([0.9, 0.1, 0.5, 0.7], [0.0, 0.8, 0.0, 0.4])
    figure = draw_risk_coverage(curve, risk_label="1 − Dice", title="Photos")
    assert names_of(figure)[-1] == "hand over 25 % to halve the risk"
    np.testing.assert_allclose(figure.axes[0].lines[-1].get_xydata(), [[0.75, 0.4 / 3]])
    assert "1 − Dice" in figure.axes[0].get_ylabel()


def test_marks_nothing_where_nothing_halves_it():
    curve = trace_risk([0.1, 0.9], [0.0, 0.8])
    figure = draw_risk_coverage(curve, risk_label="1 − Dice", title="Photos")
    assert len(names_of(figure)) == 3


def test_a_single_photo_without_risk_can_be_drawn():
    figure = draw_risk_coverage(trace_risk([1.0], [0.0]), risk_label="errors", title="Photo")
    figure.savefig(io.BytesIO(), format="png")


def texts_of(counts: tuple[int, int, int, int]) -> list[str]:
    figure = draw_confusion_matrix(
        ConfusionCounts(*(np.array(count) for count in counts)), unit="photos", title="Matrix"
    )
    return [text.get_text() for text in figure.axes[0].texts]


def test_rows_are_the_truth_and_shares_are_of_it():
    assert texts_of((3, 1, 2, 1999)) == [
        "100\u00a0%\n1\u202f999 photos",
        "0.05\u00a0%\n1 photo",
        "40\u00a0%\n2 photos",
        "60\u00a0%\n3 photos",
    ]


def test_a_class_without_members_is_drawn_as_zero():
    assert texts_of((0, 1, 0, 3))[2:] == ["0\u00a0%\n0 photos", "0\u00a0%\n0 photos"]
