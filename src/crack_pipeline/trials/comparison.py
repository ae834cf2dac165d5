"""Candidates side by side: quality with its interval, and what it costs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from crack_pipeline.metrics.bootstrap import bootstrap_difference, bootstrap_f1
from crack_pipeline.task_specs import task_spec
from crack_pipeline.trials.result import TrialResult
from crack_pipeline.trials.trial import TrialSettings
from crack_pipeline.types import Split, Task
from crack_pipeline.wording.metric_labels import describe_metric

COSTS = ("n_parameters", "flops", "ms_a_tile", "ms_a_tile_in_batch")
"""Facts of a trial that say what its network costs."""


@dataclass(frozen=True, slots=True)
class CandidateResult:
    """One candidate, over its seeds.

    Attributes:
        name: In the parameters.
        settings: How it was trained.
        trials: Its finished trainings; empty where it failed.
        failure: Why it did not finish; empty where it did.
    """

    name: str
    settings: TrialSettings
    trials: tuple[TrialResult, ...]
    failure: str


def describe_comparison(
    results: Sequence[CandidateResult],
    *,
    dataset: str,
    task: Task,
    measured_on: Split,
    resamples: int,
) -> dict[str, Any]:
    """Gather what table and figure show.

    Args:
        results: The candidates; at least one finished.
        dataset: Name of the data set.
        task: What the models are for.
        measured_on: The photos that were measured on.
        resamples: Draws of the bootstrap over source photos.

    Returns:
        JSON-ready; the finished candidates best first, those that failed with their reasons. A
        metric that the photos leave undefined is None.
    """
    finished = [result for result in results if not result.failure]
    tolerance = getattr(finished[0].settings.evaluation, "tolerance_px", 0)
    names = [name.format(tolerance=tolerance) for name in task_spec(task).trial_metrics]
    headlines = [(name, describe_metric(name).short) for name in names]
    described = [_describe(result, measured_on, headlines, resamples) for result in finished]
    order = np.argsort([-entry["metrics"][headlines[0][0]] for entry in described], kind="stable")
    best = _photos(finished[int(order[0])])
    candidates = [
        {
            **described[place],
            "f1_less_best": asdict(
                bootstrap_difference(_photos(finished[place]), best, resamples=resamples)
            ),
        }
        for place in map(int, order)
    ]
    return {
        "dataset": dataset,
        "task": task,
        "measured_on": measured_on,
        "steps": described[0]["steps"],
        "batch_sizes": sorted({entry["batch_size"] for entry in described}),
        "tile_px": finished[0].settings.tiles.tile_px,
        "seeds": len(finished[0].trials),
        "cores": finished[0].trials[0].facts["cores"],
        "headlines": [list(pair) for pair in headlines],
        "candidates": candidates,
        "failed": {result.name: result.failure for result in results if result.failure},
    }


def tabulate_candidates(report: Mapping[str, Any]) -> pd.DataFrame:
    """One row a candidate, best first; those that failed last, with their reason.

    Args:
        report: From ``describe_comparison``.

    Returns:
        Columns named for readers, units in the names.
    """
    headlines = report["headlines"]
    rows = [
        {
            "candidate": entry["name"],
            **{label: _round(entry["metrics"][metric]) for metric, label in headlines},
            "F1 95 %": _write_bounds(entry["f1"], ".3f", "–"),
            "F1 sd over seeds": _round(entry["spread"][headlines[0][0]]),
            "F1 less best, 95 %": _write_bounds(entry["f1_less_best"], "+.3f", " to "),
            "parameters": int(entry["n_parameters"]),
            "GFLOPs a tile": round(entry["flops"] / 1e9, 3),
            "steps": entry["steps"],
            "tiles a step": entry["batch_size"],
            "training s": round(entry["seconds_training"]),
            "training ms a step": round(entry["ms_a_step"]),
            "CPU ms a tile": round(entry["ms_a_tile_in_batch"], 1),
            "CPU ms, alone": round(entry["ms_a_tile"], 1),
            "note": "",
        }
        for entry in report["candidates"]
    ]
    rows += [{"candidate": name, "note": why} for name, why in report["failed"].items()]
    whole = ("parameters", "steps", "tiles a step", "training s", "training ms a step")
    table = pd.DataFrame(rows).astype(dict.fromkeys(whole, "Int64"))
    return table if report["seeds"] > 1 else table.drop(columns="F1 sd over seeds")


def sum_seconds(result: TrialResult) -> float:
    """Seconds that a trial's steps took, validation left out."""
    return float(sum(entry["seconds_training"] for entry in result.history))


def _describe(
    result: CandidateResult,
    measured_on: Split,
    headlines: Sequence[tuple[str, str]],
    resamples: int,
) -> dict[str, Any]:
    recipe, trials = result.settings.recipe, result.trials
    values = {
        metric: [trial.metrics.get(f"{measured_on}_{metric}", math.nan) for trial in trials]
        for metric, _ in headlines
    }
    return {
        "name": result.name,
        "model": result.settings.model.name,
        "weights": result.settings.model.weights,
        "loss": recipe.loss,
        "metrics": {metric: _known(np.mean(found)) for metric, found in values.items()},
        "spread": {metric: _known(_deviation(found)) for metric, found in values.items()},
        "f1": asdict(bootstrap_f1(_photos(result), resamples=resamples)),
        "steps": max(len(trial.history) for trial in trials) * int(recipe.steps_per_epoch or 0),
        "batch_size": recipe.batch_size,
        "seconds_training": float(np.mean([sum_seconds(trial) for trial in trials])),
        "ms_a_step": _time_steps(result),
        **{name: float(np.median([trial.facts[name] for trial in trials])) for name in COSTS},
    }


def _time_steps(result: CandidateResult) -> float:
    # A first epoch also holds the making of the graph, as does the first one after an interruption.
    steps = int(result.settings.recipe.steps_per_epoch or 1)
    later = [entry for trial in result.trials for entry in trial.history[1:] or trial.history]
    return 1000 * float(np.median([entry["seconds_training"] for entry in later])) / steps


def _deviation(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else math.nan


def _known(value: float | np.floating[Any]) -> float | None:
    return None if math.isnan(value) else float(value)


def _round(value: float | None) -> float:
    return math.nan if value is None else round(value, 4)


def _write_bounds(interval: Mapping[str, Any], form: str, between: str) -> str:
    if interval["low"] is None:  # one source photo: nothing can be drawn
        return ""
    return between.join(format(interval[bound], form) for bound in ("low", "high"))


def _photos(result: CandidateResult) -> pd.DataFrame:
    return pd.concat([trial.photos() for trial in result.trials], ignore_index=True)
