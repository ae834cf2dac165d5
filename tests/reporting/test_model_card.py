import pandas as pd
from tests.reporting.contents import make_evaluation, make_manifest, make_subject

from crack_pipeline.manifest import SET_ASIDE
from crack_pipeline.reporting.licences import UNKNOWN_LICENCE
from crack_pipeline.reporting.model_card import make_model_card


def _points(subject, key: str) -> str:
    parts = {part.key: part for part in make_model_card(subject).parts}
    return "\n".join(parts[key].points)


def test_it_has_the_parts_of_a_model_card():
    titles = [part.title for part in make_model_card(make_subject()).parts]
    assert titles == [
        "Intended use",
        "Out of scope",
        "Limits found",
        "Data, sources and licences",
        "Training data",
        "Metrics",
        "Ethical considerations",
    ]


def test_limits_name_the_weakest_strata_and_what_the_audit_doubts():
    limits = _points(make_subject(), "card-limits")
    assert "Weakest crack width: below 3 px, F1 tolerance 2 px pooled 0.479 on 31 photos" in limits
    assert "Weakest surface: asphalt" in limits
    assert "3 test photos show what 2 train photos show." in limits
    assert "Not checked by the audit: border alone." in limits
    assert "only 2 source photos" in limits


def test_photos_without_crack_are_not_the_weakest_stratum():
    rows = [
        {"by": "share of cracked pixels", "stratum": name, "photos": 9, "metrics": {"f1": value}}
        for name, value in (("no crack", 0.0), ("below 1 %", 0.4), ("1 to 5 %", 0.8))
    ]
    limits = _points(make_subject(evaluation={"strata": rows}), "card-limits")
    assert "Weakest share of cracked pixels: below 1 %" in limits


def test_poor_numbers_are_limits():
    assert "It calls 7 of 12 sound test photos cracked" in _points(
        make_subject("classification"), "card-limits"
    )
    assert "on 21 of 30 test photos without crack" in _points(make_subject(), "card-limits")


def test_a_stratum_alone_is_not_the_weakest():
    evaluation = make_evaluation("segmentation")
    evaluation["strata"] = evaluation["strata"][:1]
    assert "Weakest" not in _points(make_subject(evaluation=evaluation), "card-limits")


def test_a_test_split_without_sound_photos_is_a_limit():
    sound = "No test photo is known to be without crack"
    assert sound not in _points(make_subject(), "card-limits")
    cracked = make_manifest().assign(label=pd.array([1] * 12, dtype="Int8"))
    assert sound in _points(make_subject(manifest=cracked), "card-limits")


def test_the_note_on_the_threshold_is_a_limit():
    decision = {"threshold": 0.5, "note": "only one photo shows a crack"}
    limits = _points(make_subject(decision=decision), "card-limits")
    assert "About its threshold: only one photo shows a crack." in limits


def test_sources_stand_with_licence_and_citation():
    data = make_model_card(make_subject(manifest=make_manifest("folder"))).parts[3]
    (row,) = data.tables[0].rows
    assert [cell.text for cell in row[1:]] == ["12", UNKNOWN_LICENCE, "no citation known"]


def test_what_was_set_aside_is_counted():
    manifest = make_manifest()
    manifest.loc[0, "status"] = SET_ASIDE
    assert "with a reason: 1." in _points(make_subject(manifest=manifest), "card-training")


def test_a_model_of_drawn_photos_is_for_trying_out():
    subject = make_subject(manifest=make_manifest("synthetic"))
    assert "knows no real surface" in _points(subject, "card-use")
    assert "licences" not in _points(subject, "card-ethics")


def test_a_classifier_does_not_say_where():
    assert "Where in the photo" in _points(make_subject("classification"), "card-scope")
