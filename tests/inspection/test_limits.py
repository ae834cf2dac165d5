"""What could not be seen: the detection limit of a photo and its sentences."""

import pytest

from crack_pipeline.inspection.limits import describe_photo, find_limit
from crack_pipeline.measure.scale import Scale
from crack_pipeline.prediction.measurement import FalseMarks, MeasurementRecord

SCALE = Scale(0.5)


def _record(**changes):
    known = {"threshold": 0.5, "test_set": "DeepCrack", "a90_95_px": 3.0, "sharpness_p5": 0.8}
    return MeasurementRecord(**(known | changes))


def _describe(record, *, scale=SCALE, sharpness=1.0, **details):
    limit = find_limit(record, sharpness=sharpness, scale=scale)
    return describe_photo(limit, record, **({"cracks": 0, "scale": scale} | details))


def test_photo_without_cracks_says_what_may_have_been_missed():
    marks = FalseMarks(dataset="METU", photos=200, marked=7)

    assert _describe(_record(false_marks=marks)) == (
        "No crack marked. In photos like those of the test set (DeepCrack), pieces 20 px long "
        "of cracks of 1.50 mm and wider are found in 9 of 10 cases (95 % confidence); "
        "on crack-free photos (METU) there is one in 3.5 of 100."
    )


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        (None, "false marks: not known."),
        (FalseMarks(dataset="METU", photos=40, marked=0), "(METU) there is none in 40."),
        (FalseMarks(dataset="METU", photos=40, marked=40), "(METU) there is one in 100 of 100."),
    ],
)
def test_false_marks(marks, words):
    assert _describe(_record(false_marks=marks)).endswith(words)


def test_cracks_are_counted_before_the_limit():
    assert _describe(_record(), cracks=3, doubtful_cracks=1).startswith(
        "3 cracks marked, 1 of them doubtful or cut by the border. In photos like"
    )
    assert _describe(_record(), cracks=1, doubtful_cracks=1).startswith(
        "1 crack marked, doubtful or cut by the border. "
    )
    assert _describe(_record(), cracks=2, doubtful_cracks=2).startswith(
        "2 cracks marked, all doubtful or cut by the border. "
    )
    assert _describe(_record(), cracks=1).startswith("1 crack marked. In photos like")


def test_without_scale_the_limit_is_in_px():
    assert "of 3.00 px and wider" in _describe(_record(), scale=Scale())


def test_composites_are_named():
    assert "(DeepCrack, on composites: cracks drawn onto real surfaces)" in _describe(
        _record(composites=("METU",))
    )


@pytest.mark.parametrize(
    ("record", "sharpness", "reason"),
    [
        (None, 1.0, "says nothing of its test photos"),
        (_record(a90_95_px=None, a90_95_note="only 3 pieces of crack"), 1.0, "only 3 pieces"),
        (_record(drawn_whole=True), 1.0, "a program drew whole"),
        (_record(), 0.79, "blurred"),
    ],
)
def test_limit_that_is_not_known_has_a_reason(record, sharpness, reason):
    limit = find_limit(record, sharpness=sharpness, scale=SCALE)

    assert (limit.width_px, limit.width_mm) == (None, None)
    assert reason in limit.note
    words = _describe(record, sharpness=sharpness, limit_mm=0.2)
    assert f"Detection limit not known for this photo: {limit.note}." in words
    assert words.endswith(
        "Cracks of 0.2 mm: not decidable, since the detection limit is not known."
    )


def test_sharpness_at_the_percentile_is_sharp_enough():
    assert find_limit(_record(), sharpness=0.8, scale=SCALE).width_mm == 1.5


@pytest.mark.parametrize(
    ("limit_mm", "scale", "words"),
    [
        (1.5, SCALE, "Cracks of 1.5 mm: decidable."),
        (1.4, SCALE, "Cracks of 1.4 mm: not decidable, needs ≤ 0.46 mm per px."),
        (0.3, SCALE, "Cracks of 0.3 mm: not decidable, needs ≤ 0.1 mm per px."),
        (0.2, Scale(), "Cracks of 0.2 mm: not decidable, no scale is given; needs ≤ 0.066 mm "),
    ],
)
def test_required_width(limit_mm, scale, words):
    assert words in _describe(_record(), scale=scale, limit_mm=limit_mm)
