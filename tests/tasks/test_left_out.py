import pytest

from crack_pipeline.audit.near_copies import NearCopy
from crack_pipeline.tasks.left_out import LeftOut, describe_left_out, describe_unchecked

COPY = NearCopy("there", "here", "as it is", 0.97)


@pytest.mark.parametrize(
    ("same_bytes", "n_near", "words"),
    [
        (0, 0, ""),
        (3, 5, "left out: 3 same bytes, 5 near-copies"),
        (0, 1, "left out: 0 same bytes, 1 near-copy"),
        (2, 0, "left out: 2 same bytes, 0 near-copies"),
    ],
)
def test_both_kinds_are_counted(same_bytes, n_near, words):
    assert describe_left_out(LeftOut(same_bytes, (COPY,) * n_near)) == words


@pytest.mark.parametrize(
    ("own_photos", "own_compared", "words"),
    [
        (300, 300, ""),
        (300, 288, "near-copies not checked: 12 of 300 own photos"),
        (300, 0, "near-copies not checked"),
        (0, 0, "near-copies not checked"),
    ],
)
def test_what_was_not_compared_is_said(own_photos, own_compared, words):
    found = LeftOut(own_photos=own_photos, own_compared=own_compared)
    assert describe_unchecked(found) == words
