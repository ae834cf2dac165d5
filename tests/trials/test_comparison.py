import json

import numpy as np
import pytest

from crack_pipeline.trials.comparison import (
    CandidateResult,
    describe_comparison,
    sum_seconds,
    tabulate_candidates,
)

SURE = ([[0.9, 0.9, 0.1, 0.1]], [[1, 1, 0, 0]])  # F1 1
HALF = ([[0.9, 0.1, 0.9, 0.1]], [[1, 1, 0, 0]])  # F1 1/2
COSTS = {"n_parameters": 10, "flops": 2e9, "ms_a_tile": 3.0, "ms_a_tile_in_batch": 1.5, "cores": 2}


@pytest.fixture
def candidate(make_result, tiny_settings):
    """Makes a candidate from one drawing a seed; each seed trained for two epochs."""

    def make(name, *drawings, seconds=(4.0, 2.0), **metrics):
        trials = []
        for seed, drawing in enumerate(drawings):
            f1 = 1.0 if drawing is SURE else 0.5
            known = {"validation_f1_pooled": f1, "validation_cldice_pooled": f1, **metrics}
            trial = make_result(
                f"{name}_{seed}", {"a": drawing, "b": drawing}, threshold=0.5, **known
            )
            trial.facts.update(COSTS)
            trial.history[:] = [{"seconds_training": value} for value in seconds]
            trials.append(trial)
        return CandidateResult(name, tiny_settings, tuple(trials), "")

    return make


def _describe(*results):
    return describe_comparison(
        results,
        dataset="lines",
        task="segmentation",
        measured_on="validation",
        resamples=100,
    )


def test_the_best_comes_first_and_the_others_are_compared_with_it(candidate):
    report = _describe(candidate("half", HALF), candidate("sure", SURE))
    best, other = report["candidates"]
    assert (best["name"], other["name"]) == ("sure", "half")
    found = [best["f1"], best["f1_less_best"], other["f1_less_best"]]
    for interval, value in zip(found, (1.0, 0.0, -0.5), strict=True):
        assert (interval["value"], interval["low"], interval["high"]) == (value,) * 3
        assert interval["note"].startswith("only 2 source photos")
    assert (report["steps"], report["batch_sizes"], report["tile_px"]) == (4, [2], 32)
    assert json.loads(json.dumps(report)) == report


def test_seeds_are_averaged_and_their_spread_is_told(candidate):
    (entry,) = _describe(candidate("unet", SURE, HALF))["candidates"]
    assert entry["metrics"]["f1_pooled"] == 0.75
    assert entry["spread"]["f1_pooled"] == pytest.approx(np.sqrt(0.125))
    assert entry["seconds_training"] == 6.0
    assert entry["ms_a_step"] == 1000, "two steps; the first epoch made the graph too"
    table = tabulate_candidates(_describe(candidate("again", SURE, HALF)))
    assert table.loc[0, "F1 sd over seeds"] == pytest.approx(0.3536)


def test_the_table_ends_with_those_that_failed(candidate, tiny_settings):
    failed = CandidateResult("deep", tiny_settings, (), "tile too small")
    table = tabulate_candidates(_describe(failed, candidate("unet", SURE))).set_index("candidate")
    assert list(table.index) == ["unet", "deep"]
    unet = table.loc["unet"]
    assert (unet["F1"], unet["parameters"], unet["GFLOPs a tile"], unet["steps"]) == (1, 10, 2, 4)
    assert unet["F1 less best, 95 %"] == "+0.000 to +0.000"
    assert table.loc["deep", "note"] == "tile too small"
    assert "F1 sd over seeds" not in table, "one seed has none"


def test_what_the_photos_leave_undefined_stays_empty(candidate):
    report = _describe(candidate("unet", SURE))
    thin = next(metric for metric, label in report["headlines"] if label == "thin recall")
    assert report["candidates"][0]["metrics"][thin] is None
    assert np.isnan(tabulate_candidates(report).loc[0, "thin recall"])


def test_bounds_of_photos_of_one_source_stay_empty(candidate):
    report = _describe(candidate("unet", SURE))
    for name in ("f1", "f1_less_best"):
        report["candidates"][0][name] |= {"low": None, "high": None}
    table = tabulate_candidates(report)
    assert list(table.loc[0, ["F1 95 %", "F1 less best, 95 %"]]) == ["", ""]


def test_seconds_are_those_of_the_steps(candidate):
    assert sum_seconds(candidate("unet", SURE).trials[0]) == 6.0
