"""Scores are written and read as the reports of every version hold them."""

import math

from crack_pipeline.wording.scores import Score, list_notes, read_scores

HEADLINE = {
    "name": "f1_pooled",
    "label": "F1 (Dice), pooled",
    "value": 0.85,
    "low": 0.8,
    "high": 0.9,
    "agreement": None,
    "note": "",
}
PROTOCOL = {
    "group": "false alarms",
    "name": "false_area_share",
    "label": "falsely marked share of all pixels",
    "value": 0.00059,
    "low": 0.0001,
    "high": 0.003,
    "note": "few photos",
}


def test_entries_of_a_report_come_back_as_they_were():
    for entry in (HEADLINE, PROTOCOL):
        written = Score.from_json(entry).to_json()
        assert written == entry
        assert list(written) == list(entry)


def test_an_early_report_names_the_split_and_has_no_label():
    assert Score.from_json({"name": "test_f1_pooled", "value": 1}) == Score(
        "f1_pooled", "F1 (Dice), pooled", 1.0
    )
    assert read_scores(None) == []


def test_numbers_are_written_in_the_unit_of_their_metric():
    share = Score.from_json(PROTOCOL)
    assert share.format() == "0.059\u00a0% (95 %: 0.01 to 0.3\u00a0%)"
    assert Score("a90_px", "a90", 2.5, None, 3.5).format("") == "2.50\u00a0px (up to 3.50\u00a0px)"
    assert Score("a90_px", "a90, px", 2.5).format() == "2.50", "the label names the unit"
    assert Score("f1", "F1", None).format() == "–"


def test_what_json_has_no_word_for_is_none():
    written = Score("f1", "F1", math.nan, math.inf, None).to_json()
    assert (written["value"], written["low"]) == (None, None)


def test_notes_are_listed_once():
    assert list_notes([Score("a", "a", 1.0, note="few"), Score("b", "b", 1.0, note="few")]) == [
        "few"
    ]
