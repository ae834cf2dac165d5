import pytest
from tests.reporting.contents import make_subject

from crack_pipeline.reporting.headline import list_headline, main_metric, make_headline

OLD = {
    "test_f1_pooled": 0.85,
    "test_f1_tolerance_2px_pooled": 0.92,
    "test_cldice_pooled": 0.9,
    "validation_f1_pooled": 0.89,
    "test_baseline_cldice_pooled": 0.77,
}
AGREEMENT = {"f1_pooled": 0.871, "f1_tolerance_pooled": 0.985, "cldice": 0.967}


def test_each_metric_stands_with_interval_baseline_and_agreement():
    section = make_headline(make_subject())
    (table,) = section.tables
    assert table.header == ("Metric", "Model", "Baseline", "Labels agree")
    rows = {row[0].text: row for row in table.rows}
    f1 = rows["F1 (Dice), pooled"]
    assert [cell.text for cell in f1[1:]] == ["0.849", "0.779", "0.871"]
    assert f1[1].small == "0.809 to 0.879"
    assert "bootstrap over the 2 source photos" in section.paragraphs[0]


@pytest.mark.parametrize(
    ("task", "baselines"),
    [
        ("segmentation", ["0.810", "0.700", "0.779", "0.710", "–", "–"]),
        ("classification", ["0.900", "0.583", "0.750"]),
    ],
)
def test_the_baseline_stands_beside_each_metric_that_it_has(task, baselines):
    (table,) = make_headline(make_subject(task)).tables
    place = table.header.index("Baseline")
    assert [row[place].text for row in table.rows] == baselines


def test_columns_that_nothing_is_known_of_are_left_out():
    (table,) = make_headline(make_subject("classification", metrics={})).tables
    assert table.header == ("Metric", "Model")


def test_an_evaluation_without_headline_gets_the_usual_metrics_without_intervals():
    subject = make_subject(evaluation={"label_agreement": AGREEMENT}, metrics=OLD)
    rows = {row["name"]: row for row in list_headline(subject)}
    assert list(rows) == ["test_f1_pooled", "test_f1_tolerance_2px_pooled", "test_cldice_pooled"]
    assert [row["agreement"] for row in rows.values()] == [0.871, 0.985, 0.967]
    assert "no intervals" in make_headline(subject).paragraphs[0]


def test_the_main_metric_is_pooled_f1_or_else_the_first():
    assert main_metric(make_subject())["name"] == "f1_pooled"
    other = {"headline": [{"name": "test_iou_pooled", "label": "IoU", "value": 0.7}]}
    assert main_metric(make_subject(evaluation=other))["label"] == "IoU"
    assert main_metric(make_subject(evaluation={}, metrics={})) is None
