from crack_pipeline.wording.suggestions import nearest_names, suggest_name


def test_the_nearest_name_is_asked_for_with_its_prefix():
    text = suggest_name("epoch", ["epochs", "seed"], prefix="training.")
    assert text == "Did you mean training.epochs? Known: epochs, seed."


def test_a_name_that_resembles_nothing_gets_the_list_alone():
    assert suggest_name("zzz", ["epochs", "seed"]) == "Known: epochs, seed."
    assert nearest_names("zzz", ("epochs",)) == []
