import pandas as pd
import pytest
from tests.reporting.contents import make_evaluation, make_manifest, make_subject

from crack_pipeline.reporting.limits import list_limits

FEW = "It was measured on 4 photos of only 2 source photos"


def _list(task, **evaluation) -> list[str]:
    """Limits but the last one: that the made-up photos are few."""
    *limits, few = list_limits(make_subject(task, evaluation=evaluation))
    assert few.startswith(FEW)
    return limits


@pytest.mark.parametrize(
    ("specificity", "recall", "limits"),
    [
        (
            5 / 12,
            23 / 24,
            ["It calls 7 of 12 sound test photos cracked (specificity 41.7 %)."],
        ),
        (1.0, 0.5, ["It misses the crack in 12 of 24 cracked test photos (recall 50 %)."]),
        (0.75, 0.75, []),
    ],
)
def test_classes_that_are_often_classified_wrong_are_limits(specificity, recall, limits):
    classes = {
        "no crack": {"recall": specificity, "support": 12.0},
        "crack": {"recall": recall, "support": 24.0},
    }
    found = _list("classification", classes=classes)
    assert [limit.replace("\u00a0", " ") for limit in found] == limits


def test_a_class_without_photos_is_no_limit():
    assert _list("classification", classes={"no crack": {"recall": 0.0, "support": 0.0}}) == []
    assert _list("classification") == []


def test_thin_cracks_that_are_missed_are_a_limit():
    row = {"name": "recall_tolerance_2px_thin_pooled", "label": "recall", "value": 0.567}
    assert _list("segmentation", headline=[row]) == [
        "It finds 56.7\u00a0% of the length of thin cracks, those below 3 px."
    ]
    assert _list("segmentation", headline=[{**row, "value": 0.8}, {**row, "value": None}]) == []


def test_an_unknown_a90_is_a_limit():
    (limit,) = _list("segmentation", detection={"units": 9, "note": "fewer than 60 units"})
    assert limit.endswith("9 of 10 pieces of crack is not known: fewer than 60 units.")
    assert _list("segmentation", detection={"a90_px": 3.1}) == []


def test_false_crack_on_sound_photos_is_a_limit():
    sound = {"photos": 12, "photos_with_false_alarms": 9}
    assert _list("segmentation", false_alarms={"crack_free_photos": sound}) == [
        "It marks crack on 9 of 12 test photos without crack."
    ]
    rare = {**sound, "photos_with_false_alarms": 3}
    assert _list("segmentation", false_alarms={"crack_free_photos": rare}) == []


def test_the_weakest_kinds_of_photos_are_limits():
    limits = "\n".join(list_limits(make_subject()))
    assert "Weakest crack width: below 3 px, F1 with 2 px tolerance 0.479 on 31 photos" in limits
    assert "Weakest surface: asphalt" in limits


def test_photos_without_crack_are_not_the_weakest_kind():
    rows = [
        {"by": "share of cracked pixels", "stratum": name, "photos": 9, "metrics": {"f1": value}}
        for name, value in (("no crack", 0.0), ("below 1 %", 0.4), ("1 to 5 %", 0.8))
    ]
    (limit,) = _list("segmentation", strata=rows)
    assert limit.startswith("Weakest share of cracked pixels: below 1 %")


def test_a_kind_alone_is_not_the_weakest():
    assert _list("segmentation", strata=make_evaluation("segmentation")["strata"][:1]) == []


def test_a_test_split_without_sound_photos_is_a_limit():
    sound = "No test photo is known to be without crack"
    assert not any(sound in limit for limit in list_limits(make_subject()))
    cracked = make_manifest().assign(label=pd.array([1] * 12, dtype="Int8"))
    assert sound in list_limits(make_subject(manifest=cracked))[-1]


def test_where_nothing_is_known_that_is_said():
    manifest = pd.concat(
        [make_manifest().assign(group_id=f"g{n}", split="test") for n in range(30)]
    ).reset_index(drop=True)
    assert list_limits(make_subject(manifest=manifest, evaluation={})) == [
        "None was found; that does not mean that there are none."
    ]
