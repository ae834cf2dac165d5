from tests.reporting.contents import make_evaluation, make_manifest, make_subject

from crack_pipeline.reporting.summary import summarize


def test_it_says_what_was_trained_on_what_how_well_and_whether_to_believe_it():
    text = summarize(make_subject())
    assert "unet of 1\u202f234\u202f567 parameters was trained to outline cracks" in text
    assert "6 photos of 3 source photos (DeepCrack)" in text
    assert "measured on 4 photos of 2 source photos" in text
    assert "F1 (Dice), pooled: 0.849 (95 % interval 0.809 to 0.879)" in text
    assert "people's labels agree at 0.871" in text
    assert "0.070 above that of the black-hat baseline (95 % interval 0.025 to 0.132)." in text
    assert text.endswith("makes these numbers doubtful but one finding.")


def test_a_difference_whose_interval_holds_zero_may_be_chance():
    metrics = {
        "test_f1_pooled": 0.8,
        "test_f1_pooled_minus_baseline": -0.01,
        "test_f1_pooled_minus_baseline_low": -0.05,
        "test_f1_pooled_minus_baseline_high": 0.03,
    }
    assert "0.010 below that of the black-hat baseline" in summarize(make_subject(metrics=metrics))
    assert "which may be chance." in summarize(make_subject(metrics=metrics))


def test_drawn_photos_are_said_to_tell_nothing_of_real_surfaces():
    text = summarize(make_subject(manifest=make_manifest("synthetic")))
    assert text.endswith("says nothing about real surfaces.")


def test_an_evaluation_without_headline_names_the_usual_metric_without_interval():
    text = summarize(make_subject("classification", evaluation={}, metrics={"test_f1": 0.9}))
    assert "F1: 0.900." in text
    assert "no headline metric" in summarize(make_subject(evaluation={}, metrics={}))


def test_both_tasks_are_told():
    subject = make_subject("classification", evaluation=make_evaluation("classification"))
    assert "to tell photos with a crack from photos without" in summarize(subject)
