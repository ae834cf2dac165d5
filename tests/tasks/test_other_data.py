from dataclasses import replace

import pytest

from crack_pipeline.tasks.other_data import MeasuredSet, format_sets, list_cautions
from crack_pipeline.tasks.other_photos import LeftOut
from crack_pipeline.wording.scores import Score

F1 = Score("f1_pooled", "F1 (Dice), pooled", 0.617, 0.5, 0.7)
FAR = Score("hausdorff95_px_mean", "Hausdorff", 218.25)
OWN = MeasuredSet(
    name="sample",
    is_own=True,
    photos=36,
    groups=30,
    crack_free=12,
    drawn=36,
    drawn_from=36,
    left_out=None,
    headline=(F1, FAR),
)


@pytest.fixture
def other():
    return replace(
        OWN,
        name="deepcrack",
        is_own=False,
        photos=38,
        crack_free=0,
        drawn=40,
        drawn_from=237,
        left_out=LeftOut(),
        headline=(replace(F1, value=None, low=None, high=None), replace(FAR, high=300.0)),
    )


def test_data_sets_stand_side_by_side_in_words(other):
    lines = format_sets([OWN, other]).splitlines()
    split = [[cell for cell in line.split("   ") if cell.strip()] for line in lines]
    cells = [[cell.strip() for cell in line] for line in split]
    assert cells == [
        ["sample (own)", "deepcrack"],
        ["photos", "36", "38 of 237"],
        ["of these without crack", "12", "0"],
        ["F1 (Dice), pooled", "0.617 (0.500 to 0.700)", "–"],
        ["Hausdorff", "218\u00a0px", "218\u00a0px (up to 300\u00a0px)"],
    ]


def test_a_draw_and_a_set_without_crack_free_photos_are_minded(other):
    drawn, crack_free = list_cautions([OWN, other])
    assert drawn == "deepcrack: 40 of 237 photos were drawn (cross_evaluate.most_photos)."
    assert crack_free.startswith("deepcrack has no photo without crack")


def test_notes_of_metrics_are_said_once_for_each_set(other):
    noted = replace(
        OWN, headline=tuple(replace(row, note="3 groups are few") for row in OWN.headline)
    )
    said = list_cautions([noted, replace(other, drawn_from=40, crack_free=1)])
    assert said == ["sample: 3 groups are few."]


def test_a_note_of_all_sets_is_said_once(other):
    noted = [
        replace(one, headline=tuple(replace(row, note="3 groups are few") for row in one.headline))
        for one in (OWN, replace(other, drawn_from=40, crack_free=1))
    ]
    assert list_cautions(noted) == ["3 groups are few."]


def test_sets_that_are_alike_need_no_word(other):
    whole = replace(other, drawn_from=40)
    assert list_cautions([OWN, replace(whole, crack_free=3)]) == []
    assert list_cautions([replace(OWN, crack_free=0), whole]) == []
