import pandas as pd
import pytest
from tests.reporting.contents import make_evaluation, make_manifest, make_shelf, make_subject

from crack_pipeline.reporting.opening import list_cards, list_limits, make_opening


def test_three_numbers_of_masks_say_what_is_found_and_what_is_false():
    numbers = make_opening(make_subject()).numbers
    assert [tuple(number) for number in numbers] == [
        ("Crack length found", "87\u00a0%", "thin cracks 57\u00a0%"),
        (
            "Crack-free photos with false crack",
            "21 of 30",
            "12\u00a0% of the marked length is false",
        ),
        ("F1 with 2 px tolerance", "0.921", "95 %: 0.881 to 0.951; baseline 0.810"),
    ]


def test_without_crack_free_photos_the_share_of_false_length_is_told():
    evaluation = {**make_subject().evaluation, "false_alarms": {}}
    _, false, _ = make_opening(make_subject(evaluation=evaluation)).numbers
    assert (false.label, false.value) == ("Of the marked length is false", "12\u00a0%")


def test_three_numbers_of_labels_count_photos():
    numbers = make_opening(make_subject("classification")).numbers
    assert [tuple(number) for number in numbers] == [
        ("Cracked photos found", "2 of 2", "100\u00a0%"),
        ("Crack-free photos called cracked", "1 of 2", "50\u00a0%"),
        ("F1", "0.951", "95 %: 0.911 to 0.981; baseline 0.900"),
    ]


def test_an_evaluation_with_a_headline_alone_shows_its_first_three_scores():
    evaluation = {"headline": make_subject().evaluation["headline"]}
    labels = [number.label for number in make_opening(make_subject(evaluation=evaluation)).numbers]
    assert labels == ["F1 with 2 px tolerance", "clDice, pooled", "F1 (Dice), pooled"]
    assert make_opening(make_subject(evaluation={}, metrics={})).numbers == []


def test_three_photos_are_the_best_a_typical_one_and_a_missed_crack():
    opening = make_opening(make_subject(pictures=make_shelf()))
    assert [card.title for card in opening.cards] == ["Best", "Typical", "Worst: a missed crack"]
    assert opening.cards[2].caption == "22 % of the crack length found"
    assert opening.legend == ("found", "missed", "false crack")


def test_without_a_missed_crack_a_false_alarm_is_the_worst():
    subject = make_subject(pictures=make_shelf())
    others = [one for one in subject.evaluation["examples"] if one["kind"] != "missed"]
    evaluation = {**subject.evaluation, "examples": others}
    cards = make_opening(make_subject(evaluation=evaluation, pictures=make_shelf())).cards
    assert [card.title for card in cards] == ["Best", "Typical", "Worst: a false alarm"]


def test_an_evaluation_before_there_were_examples_has_no_photos():
    opening = make_opening(make_subject(pictures=make_shelf(), evaluation={}))
    assert (opening.cards, opening.legend) == ([], ())


def test_cards_stand_under_the_headings_of_the_evaluation():
    groups = list_cards(make_subject(pictures=make_shelf()), "missed", "false_alarm")
    assert {heading: [card.image_id for card in cards] for heading, cards in groups.items()} == {
        "Missed cracks, the worst first": ["photo_missed"],
        "False cracks, the worst first": ["photo_false_alarm"],
    }


def test_the_lead_says_what_was_trained_on_what():
    lead = make_opening(make_subject()).lead
    assert lead == (
        "The network unet outlines cracks. It learnt from 6 photos (DeepCrack) and was measured "
        "on 4 others."
    )


def test_the_verdict_says_no_number_of_the_headline_again_and_drawn_photos_first():
    opening = make_opening(make_subject(manifest=make_manifest("synthetic")))
    assert opening.verdict.surface.startswith("The photos are drawn by a program")
    assert not any(sentence.startswith("F1 (Dice), pooled:") for sentence in opening.quality)
    assert "False cracks on 21 of 30 crack-free photos." in opening.quality


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
