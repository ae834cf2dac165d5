from tests.reporting.contents import make_manifest, make_subject
from tests.reporting.evaluations import make_evaluation

from crack_pipeline.reporting.subject import UNKNOWN_LICENCE
from crack_pipeline.reporting.tables import make_tables


def make(name: str, task: str = "segmentation", **changes):
    return make_tables(make_subject(task, **changes))[name]


def test_each_score_stands_with_interval_baseline_and_agreement():
    (table,) = make("headline")
    assert table.header == ("Score", "Model", "Baseline", "Labels agree")
    rows = {row[0][0]: row[1:] for row in table.rows}
    assert rows["F1 (Dice), pooled"] == (("0.849", "0.809 to 0.879"), "0.779", "0.871")
    assert rows["a90: crack width detected in 9 of 10 cases, px"][0] == (
        "4.31",
        "up to 5.02",
    )


def test_columns_that_nothing_is_known_of_are_left_out():
    (table,) = make("headline", "classification", metrics={})
    assert table.header == ("Score", "Model")


def test_an_evaluation_without_headline_gets_the_plain_metrics_of_the_task():
    metrics = {"test_f1_pooled": 0.85, "test_photos": 9, "test_baseline_f1_pooled": 0.7}
    (table,) = make("headline", evaluation={}, metrics=metrics)
    assert table.rows == ((("F1 (Dice), pooled", ""), ("0.850", ""), "0.700"),)


def test_protocols_have_a_table_a_group_with_the_note_below_the_name():
    pixels, structure = make("protocols")
    assert (pixels.caption, structure.caption) == ("Pixels", "Structure")
    assert pixels.rows[1][0][1] == "for comparison with published numbers only"
    assert structure.rows[-1][1:] == ("23.5", "")


def test_strata_have_a_table_for_each_way_to_divide():
    tables = make("strata")
    assert [table.caption for table in tables] == ["By crack width", "By surface"]
    assert tables[0].rows[0] == ("below 3 px", "31", "0.479", "0.469")


def test_strata_with_different_metrics_show_a_dash():
    rows = [
        {"by": "source", "stratum": "a", "photos": 1, "metrics": {"f1": 0.5}},
        {"by": "source", "stratum": "b", "photos": 2, "metrics": {"recall": 0.4}},
    ]
    (table,) = make("strata", evaluation={"strata": rows})
    assert table.rows == (("a", "1", "0.500", "–"), ("b", "2", "–", "0.400"))


def test_a_width_without_length_says_why():
    bins = [
        {"from_px": 4, "to_px": 5, "length_px": 0, "share_found": None, "units": 2, "detected": 2},
        {"from_px": 9, "to_px": None, "length_px": 50, "share_found": 0.5, "units": 0},
        {"from_px": 5, "to_px": 6, "length_px": 50, "share_found": 0.5, "units": 4, "detected": 3},
    ]
    (table,) = make("widths", evaluation={"detection": {"by_width": bins}})
    assert table.rows == (
        ("4 to 5 px", ("100\u00a0%", "2 of 2"), ("–", "no pixel of this width")),
        ("5 to 6 px", ("75\u00a0%", "3 of 4"), ("50\u00a0%", "25 of 50 px")),
    )


def test_numbers_of_the_fit_have_units():
    rows = dict(make("fit")[0].rows)
    assert rows["Slope of the logistic fit"] == "4.17"
    assert rows["a90/95 by the delta method, mostly too low"] == "2.93\u00a0px"


def test_false_crack_stands_by_photos_with_its_unit():
    evaluation = make_evaluation("segmentation")
    evaluation["false_alarms"]["crack_free_elsewhere"] = {
        "data_set": "sdnet2018",
        "photos": 40,
        "photos_with_false_alarms": 20,
        "px_per_megapixel": {"value": 120.4, "low": 40.2, "high": 310.3},
    }
    (table,) = make("alarms", evaluation=evaluation)
    assert table.header == ("Photos", "With false crack", "Share of the area", "Line per megapixel")
    assert table.rows[1] == (
        ("Photos without crack", ""),
        "21 of 30",
        "1.2\u00a0%",
        "1\u202f870\u00a0px",
    )
    assert table.rows[2][0] == ("Photos without crack of another data set", "sdnet2018")
    assert table.rows[2][-1] == ("120\u00a0px", "40.2 to 310\u00a0px")


def test_calibration_before_and_after_scaling_stand_beside_each_other():
    (table,) = make("calibration")
    assert table.header == ("Error", "As predicted", "Scaled by temperature 1.31")
    assert table.rows[0] == (
        "Expected calibration error (ECE)",
        ("0.043", "0.033 to 0.053"),
        ("0.019", "0.009 to 0.029"),
    )


def test_checks_stand_with_their_reasons():
    (table,) = make("checks")
    assert table.rows[2] == ("border alone", "not checked", "No labels.")
    assert table.is_prose


def test_sources_stand_with_licence_and_citation():
    (table,) = make("sources", manifest=make_manifest("folder"))
    assert table.rows == ((("your own photos", ""), "12", UNKNOWN_LICENCE, "no citation known"),)


def test_without_numbers_there_are_no_tables():
    tables = make_tables(make_subject(evaluation={}, metrics={}))
    assert {name for name, found in tables.items() if found} == {"sources"}


def test_a_note_of_all_rows_stands_above_them_and_others_in_their_row():
    few = "only 3 source photos, so the interval is likely too narrow"
    rows = [
        {"name": "f1_pooled", "label": "F1", "value": 0.5, "note": few},
        {"name": "recall_pooled", "label": "recall", "value": 0.5, "note": f"inside; {few}"},
    ]
    evaluation = {"headline": rows, "protocols": rows}
    tables = make_tables(make_subject(evaluation=evaluation))
    for (table,) in (tables["headline"], tables["protocols"]):
        assert list(table.notes) == ["Only 3 source photos, so the interval is likely too narrow."]
        assert [row[0] for row in table.rows] == [("F1", ""), ("Recall", "inside")]
