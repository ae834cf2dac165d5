"""Notes on calibration and on the order of doubtful photos; what photos have in common."""

import pytest

from crack_pipeline.metrics.risk_coverage import trace_risk
from crack_pipeline.tasks.report_parts import describe_risk, describe_scaling


@pytest.mark.parametrize(
    ("before", "after", "is_noted"),
    [
        (0.055, 0.081, True),
        (0.055, 0.058, False),  # too little to act on
        (0.081, 0.055, False),
        (0.1, 0.1, False),
        (None, None, False),
    ],
)
def test_a_temperature_that_makes_things_worse_is_noted(before, after, is_noted):
    note = describe_scaling(
        {
            "temperature": 1.3,
            "ece": {"value": before},
            "ece_after_temperature": {"value": after},
        }
    )
    assert bool(note) == is_noted
    if is_noted:
        assert "0.055 before, 0.081 after" in note


@pytest.mark.parametrize(
    ("risk", "is_noted"), [([0.1, 0.5], False), ([0.5, 0.1], True), ([0.0, 0.0], False)]
)
def test_an_order_that_is_worth_nothing_is_noted(risk, is_noted):
    assert bool(describe_risk(trace_risk([0.9, 0.8], risk))["note"]) == is_noted
