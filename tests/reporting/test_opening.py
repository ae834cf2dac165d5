from tests.reporting.contents import make_manifest, make_shelf, make_subject

from crack_pipeline.reporting.opening import list_cards, make_opening


def test_three_numbers_of_masks_say_what_is_found_and_what_is_false():
    numbers = make_opening(make_subject()).numbers
    assert [tuple(number) for number in numbers] == [
        ("Crack length found", "91\u00a0%", "95 %: 86 to 96\u00a0%; thin cracks 57\u00a0%"),
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
