from crack_pipeline.reporting.blocks import Fact
from crack_pipeline.reporting.part_numbers import list_facts, list_sentences, list_tables, tabulate


def test_numbers_with_ends_become_one_fact_with_its_interval():
    numbers = {"bias_px": -0.4, "bias_px_low": -0.9, "bias_px_high": 0.1}
    assert list_facts(numbers) == (Fact("Bias", "−0.400\u00a0px (95 %: −0.900 to 0.100\u00a0px)"),)
    other = {"bias_px": -0.4, "bias_low_px": -0.9, "bias_high_px": 0.1}
    assert list_facts(other) == list_facts(numbers)


def test_a_block_of_value_and_ends_is_one_fact():
    numbers = {"ece": {"value": 0.04, "low": 0.03, "high": 0.05}}
    assert list_facts(numbers) == (Fact("ECE", "0.040 (95 %: 0.030 to 0.050)"),)


def test_blocks_in_blocks_are_taken_apart_and_unknowns_left_out():
    numbers = {"crack_free": {"photos": 7, "length_mm": None}, "curve": [1, 2], "kind": "logistic"}
    assert list_facts(numbers) == (Fact("Crack free: Photos", "7"), Fact("Kind", "logistic"))


def test_an_end_without_its_number_is_a_number_of_its_own():
    assert list_facts({"threshold_low": 0.2}) == (Fact("Threshold low", "0.200"),)


def test_sentences_end_with_a_full_stop():
    assert list_sentences({"note": "the scale is not known", "sentence": "All well."}) == (
        "All well.",
        "The scale is not known.",
    )
    assert list_sentences({"note": " ", "reason": None}) == ()


def test_records_become_tables_with_units_in_the_header():
    numbers = {"bins": [{"width_px": 1.5, "found": 0.6}, {"width_px": 4.0, "photos": 3}]}
    (table,) = list_tables(numbers, caption="Detection")
    assert table.caption == "Detection: bins"
    assert table.header == ("Width (px)", "Found", "Photos")
    assert [cell.text for cell in table.rows[1]] == ["4.00", "–", "3"]


def test_long_lists_and_empty_ones_are_no_tables():
    assert list_tables({"curve": [{"x": 1}] * 41, "none": [], "numbers": [1.0]}, caption="") == ()


def test_a_table_has_all_columns():
    table = tabulate([{f"score_{number}": number for number in range(11)}], caption="Methods")
    assert len(table.header) == len(table.rows[0]) == 11


def test_given_words_go_before_those_made_of_names():
    numbers = {"low_px": -3.0, "all": {"low_px": 1.0}, "slope": 4.17, "records": [{"low_px": 2.0}]}
    words = {"low": "Lower limit", "all": "All photos"}
    assert [fact.label for fact in list_facts(numbers, words, without={"slope"})] == [
        "Lower limit",
        "All photos: Lower limit",
    ]
    (table,) = list_tables(numbers, words, caption="Width")
    assert table.header == ("Lower limit (px)",)
