from crack_pipeline.wording.phrases import align_columns, as_sentence, list_words, name_some


def test_words_and_names_are_listed_as_people_do():
    assert list_words(["a"]) == "a"
    assert list_words(["a", "b", "c"]) == "a, b and c"
    assert name_some(["a", "b", "c"]) == "a, b, c"
    assert name_some(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


def test_a_sentence_keeps_the_mark_that_it_ends_with():
    assert as_sentence(" is it? ") == "Is it?"
    assert as_sentence("few") == "Few."
    assert as_sentence("") == ""


def test_columns_are_as_wide_as_their_longest_cell():
    lines = align_columns([["", "a"], ["F1", "0.91"]]).split("\n")
    assert lines == ["        a", "F1   0.91"]
