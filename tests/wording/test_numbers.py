import math

import pytest

from crack_pipeline.wording.metric_labels import describe_name
from crack_pipeline.wording.numbers import (
    format_duration,
    format_interval,
    format_number,
    format_threshold,
    split_unit,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.84925, "0.849"),
        (1.0, "1.000"),
        (0.0, "0.000"),
        (-0.42, "−0.420"),
        (4.312, "4.31"),
        (9.996, "10.0"),
        (23.456, "23.5"),
        (99.97, "100"),
        (153.2, "153"),
        (12345.6, "12\u202f346"),
        (1234567, "1\u202f234\u202f567"),
        (3, "3"),
        (0.00002, "0.00002"),
        (0.000584, "0.00058"),
        (math.nan, "–"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (None, "–"),
        (True, "yes"),
        ("cpu", "cpu"),
    ],
)
def test_numbers_have_three_digits(value, text):
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0"), (0.00059, "0.059"), (0.003, "0.3"), (0.0123, "1.23"), (0.5, "50"), (1.0, "100")],
)
def test_shares_are_percent_and_never_with_an_exponent(share, text):
    assert format_number(share, "%") == f"{text}\u00a0%"


def test_differences_show_their_sign():
    assert format_interval(-0.012, 0.3, signed=True) == "−0.012 to +0.300"


def test_a_unit_stays_with_its_number():
    assert format_number(4.31, "px") == "4.31\u00a0px"
    assert format_number(None, "px") == "–"


def test_an_interval_needs_an_upper_end():
    assert format_interval(0.8, 0.9) == "0.800 to 0.900"
    assert format_interval(None, 0.9) == "up to 0.900"
    assert format_interval(0.8, None) == format_interval(None, None) == ""


def test_thresholds_have_up_to_three_digits():
    assert [format_threshold(value) for value in (0.6, 0.5021, None)] == ["0.6", "0.502", "–"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_durations_have_two_units(seconds, text):
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("bias_px", ("bias", "px")),
        ("a90_95_mm", ("a90_95", "mm")),
        ("px", ("px", "")),
        ("px_per_megapixel", ("px_per_megapixel", "px per megapixel")),
        ("false_length_px_per_megapixel", ("false_length", "px per megapixel")),
        ("m_per_m2", ("m_per_m2", "m per m²")),
        ("ece", ("ece", "")),
    ],
)
def test_units_are_told_from_names(name, parts):
    assert split_unit(name) == parts


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("test_f1_tolerance_2px_pooled", "F1 tolerance 2 px pooled"),
        ("test_cldice_pooled", "clDice pooled"),
        ("a90_95", "a90/95"),
        ("ece_after_scaling", "ECE after scaling"),
        ("brier", "Brier score"),
        ("bins", "Bins"),
    ],
)
def test_names_are_put_into_words(name, words):
    assert describe_name(name) == words
