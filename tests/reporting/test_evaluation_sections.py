import pytest
from tests.reporting.contents import make_subject
from tests.reporting.evaluations import make_evaluation

from crack_pipeline.reporting.evaluation_sections import (
    make_calibration,
    make_curves,
    make_inspection,
    make_protocols,
    make_strata,
    make_widths,
)


def test_protocols_have_a_table_a_group_with_the_note_below_the_name():
    pixels, structure = make_protocols(make_subject()).tables
    assert (pixels.caption, structure.caption) == ("Pixels", "Structure")
    assert pixels.rows[1][0].small == "for comparison with published numbers only"
    assert [cell.text for cell in structure.rows[1][1:]] == ["23.5", ""]


def test_protocols_without_any_interval_have_no_column_for_it():
    rows = [{"group": "pixels", "name": "test_iou_mean", "value": 0.7}]
    (table,) = make_protocols(make_subject(evaluation={"protocols": rows})).tables
    assert table.header == ("Protocol", "Value")
    assert [cell.text for cell in table.rows[0]] == ["IoU mean", "0.700"]


def test_strata_have_a_table_for_each_way_to_divide():
    tables = make_strata(make_subject()).tables
    assert [table.caption for table in tables] == ["By crack width", "By surface"]
    assert [cell.text for cell in tables[0].rows[0]] == ["below 3 px", "31", "0.479", "0.469"]


def test_strata_with_different_metrics_show_a_dash():
    rows = [
        {"by": "source", "stratum": "a", "photos": 1, "metrics": {"f1": 0.5}},
        {"by": "source", "stratum": "b", "photos": 2, "metrics": {"recall": 0.4}},
    ]
    (table,) = make_strata(make_subject(evaluation={"strata": rows})).tables
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["a", "1", "0.500", "–"],
        ["b", "2", "–", "0.400"],
    ]


def test_an_inspector_gets_only_what_there_is():
    parts = make_inspection(make_subject(evaluation={"false_alarms": {"photos": 3}})).parts
    assert [part.key for part in parts] == ["false-alarms"]
    assert not make_inspection(make_subject(evaluation={})).has_results


def test_calibration_holds_risk_and_coverage_too():
    labels = [fact.label for fact in make_calibration(make_subject()).facts]
    assert labels == [
        "Temperature",
        "Expected calibration error (ECE)",
        "Largest calibration error (MCE)",
        "Brier score",
        "Expected calibration error (ECE) after scaling",
        "Largest calibration error (MCE) after scaling",
        "Brier score after scaling",
        "Mean risk over all coverages (AURC)",
        "The same if photos were handed over in the best order",
        "What the order costs: the one less the other",
        "Risk when no photo is handed over",
        "Share of photos to hand over to halve the risk",
    ]


@pytest.mark.parametrize(
    ("task", "risk"), [("segmentation", "1 − Dice"), ("classification", "wrong")]
)
def test_what_risk_means_is_said(task, risk):
    assert risk in make_calibration(make_subject(task)).paragraphs[1]


def test_numbers_of_the_fit_are_folded_away():
    detection = make_inspection(make_subject()).parts[0]
    labels = [fact.label for fact in detection.facts]
    assert labels[0] == "a90: 9 of 10 pieces detected from this width on"
    assert not any("ntercept" in label or "delta" in label for label in labels)
    by_width, fit = detection.tables
    assert by_width.header == (
        "From (px)",
        "To (px)",
        "Length (px)",
        "Share of the length found",
        "Pieces",
    )
    assert fit.is_folded
    assert [row[1].text for row in fit.rows] == ["−2.02", "4.17", "2.93\u00a0px"]


def test_false_alarms_stand_by_photos_with_their_unit():
    evaluation = make_evaluation("segmentation")
    evaluation["false_alarms"]["crack_free_elsewhere"] = {
        "data_set": "sdnet2018",
        "photos": 40,
        "photos_with_false_alarms": 20,
        "px_per_megapixel": {"value": 120.4, "low": 40.2, "high": 310.3},
    }
    (table,) = make_inspection(make_subject(evaluation=evaluation)).parts[1].tables
    assert table.header[-1] == "Length (px per megapixel)"
    assert [row[0].text for row in table.rows] == [
        "All photos",
        "Photos without crack",
        "Photos without crack of another data set",
    ]
    assert [cell.text for cell in table.rows[1][1:]] == ["30", "21", "0.012", "1\u202f870"]
    assert table.rows[2][0].small == "sdnet2018"
    assert table.rows[2][-1].small == "40.2 to 310"


def test_limits_of_agreement_are_called_so():
    facts = {fact.label: fact.text for fact in make_widths(make_subject()).facts}
    assert facts["Lower limit of agreement"] == "−3.05\u00a0px"
    assert facts["Upper limit of agreement"] == "3.27\u00a0px"


def test_the_rule_of_the_threshold_and_its_note_stand_above_the_curves():
    decision = {"threshold": 0.47, "chosen_by": "the highest F1", "note": "few photos"}
    (text,) = make_curves(make_subject(decision=decision)).paragraphs
    assert (
        text
        == "A crack is where the probability is at least 0.47: the highest F1. Mind: few photos."
    )
