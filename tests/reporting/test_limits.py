import pytest
from tests.reporting.contents import make_subject

from crack_pipeline.reporting.limits import list_measured_limits


def _list(task, **evaluation) -> list[str]:
    return list_measured_limits(make_subject(task, evaluation=evaluation))


@pytest.mark.parametrize(
    ("specificity", "recall", "limits"),
    [
        (5 / 12, 23 / 24, ["It calls 7 of 12 sound test photos cracked (specificity 0.417)."]),
        (1.0, 0.5, ["It misses the crack in 12 of 24 cracked test photos (recall 0.500)."]),
        (0.75, 0.75, []),
    ],
)
def test_classes_that_are_often_told_wrong_are_limits(specificity, recall, limits):
    classes = {
        "no crack": {"recall": specificity, "support": 12.0},
        "crack": {"recall": recall, "support": 24.0},
    }
    assert _list("classification", classes=classes) == limits


def test_a_class_without_photos_is_no_limit():
    assert _list("classification", classes={"no crack": {"recall": 0.0, "support": 0.0}}) == []
    assert _list("classification") == []


def test_thin_cracks_that_are_missed_are_a_limit():
    row = {"name": "recall_tolerance_2px_thin_pooled", "label": "recall", "value": 0.567}
    assert _list("segmentation", headline=[row]) == [
        "It finds 57 % of the length of thin cracks, those below 3 px."
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
