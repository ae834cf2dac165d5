import pytest

from crack_pipeline.audit.findings import (
    judge,
    leave_open,
    report_findings,
    summarize_findings,
)

FINE = judge("copies", "None is a copy.", is_doubtful=False)
DOUBTFUL = judge("level", "F1 is too high.", "It is 0.99.", is_doubtful=True)
OPEN = leave_open("classes", "All show crack.")


def test_one_doubt_is_what_the_sentence_says():
    assert summarize_findings([FINE, DOUBTFUL]) == "Be careful: F1 is too high."


def test_without_doubt_it_says_what_was_checked_and_what_was_not():
    sentence = summarize_findings([FINE, OPEN])
    assert sentence == (
        "No check found a fault, which does not say that the model is good. Checked: copies. "
        "Not checked: classes."
    )


@pytest.mark.parametrize("findings", [[], [OPEN]])
def test_nothing_checked_is_no_praise(findings):
    assert summarize_findings(findings).startswith("Nothing was checked")


def test_the_doubtful_stand_first():
    report = report_findings([FINE, OPEN, DOUBTFUL])
    assert [finding["verdict"] for finding in report["findings"]] == [
        "doubtful",
        "not checked",
        "fine",
    ]
    assert set(report["findings"][0]) == {"check", "verdict", "short", "detail"}
    assert report["findings"][0]["detail"] == "F1 is too high. It is 0.99."
