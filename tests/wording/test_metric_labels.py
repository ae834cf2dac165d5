"""One table of metrics: every name that is measured has a label, a unit and a direction."""

import pytest

from crack_pipeline.wording.metric_labels import describe_metric, list_mask_metrics


@pytest.mark.parametrize("tolerance_px", [1, 2, 5, 7])
def test_each_metric_of_masks_is_found_by_its_name(tolerance_px):
    rows = list_mask_metrics(tolerance_px)
    assert len({row.name for row in rows}) == len(rows)
    for row in rows:
        assert describe_metric(f"test_{row.name}").label == row.label


@pytest.mark.parametrize(
    ("name", "unit", "is_score"),
    [
        ("f1_tolerance_2px_pooled", "", True),
        ("mcc", "", True),
        ("brier", "", False),
        ("hausdorff95_px_mean", "px", False),
        ("width_bias_px", "px", False),
        ("a90_mm", "mm", False),
        ("false_length_px_per_megapixel", "px per megapixel", False),
        ("false_area_share", "%", False),
        ("ece_band_after_temperature", "", False),
    ],
)
def test_units_and_what_shares_an_axis_follow_the_name(name, unit, is_score):
    metric = describe_metric(name)
    assert (metric.unit, metric.is_score) == (unit, is_score)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("f1_pooled", "F1"),
        ("f1_tolerance_3px_pooled", "F1, 3 px"),
        ("recall_tolerance_2px_thin_pooled", "thin recall"),
        ("accuracy", "accuracy"),
        ("auc", "AUC"),
    ],
)
def test_narrow_columns_have_short_names(name, short):
    assert describe_metric(name).short == short


def test_an_unknown_name_is_put_into_words():
    assert describe_metric("fold_strange_iou").label == "Strange IoU"
