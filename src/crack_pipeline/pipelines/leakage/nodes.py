"""Nodes of the ``leakage`` pipeline."""

import logging
from collections.abc import Mapping
from statistics import fmean
from typing import Any, Self

import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field, model_validator

from crack_pipeline import tracking
from crack_pipeline.figures.comparisons import draw_leakage
from crack_pipeline.pipelines.child_runs import ChildRunReport
from crack_pipeline.pipelines.project_paths import in_project
from crack_pipeline.pipelines.trial_settings import SingleTraining, TrialsByTask
from crack_pipeline.task_specs import task_spec
from crack_pipeline.trials.leakage import (
    CLAIM,
    SPLIT_KINDS,
    Outcome,
    SplitKind,
    TrivialModels,
    compare_splits,
    count_crossing,
    divide_photos,
    find_relatives,
    flatten_comparison,
    pool_photos,
    tabulate_comparison,
)
from crack_pipeline.trials.result import TrialResult
from crack_pipeline.trials.running import run_trials
from crack_pipeline.trials.trial import Trial, TrialSettings
from crack_pipeline.types import UserPath

logger = logging.getLogger(__name__)


class LeakageParams(TrialsByTask):
    """How a random split is compared with a group-safe one.

    Attributes:
        trials_path: Folder of the trials, relative to the project.
        test: Share of all photos that is measured on.
        validation: Share on which epoch and threshold are chosen.
        seeds: Number of divisions, and so of trivial models of each kind, on each split.
        network_seeds: Number of those on which a network is trained too.
        border_px: Width of the frame that the border's classifier sees.
        resamples: Draws of the bootstrap over groups.
    """

    trials_path: UserPath
    test: float = Field(0.2, gt=0.0, lt=1.0)
    validation: float = Field(0.15, gt=0.0, lt=1.0)
    seeds: int = Field(3, ge=1)
    network_seeds: int = Field(1, ge=0)
    border_px: int = Field(10, ge=1)
    resamples: int = Field(1000, ge=100)

    @model_validator(mode="after")
    def _leave_something(self) -> Self:
        if self.test + self.validation >= 1.0:
            raise ValueError(
                f"test and validation must leave photos to learn from, received {self.test:g} and "
                f"{self.validation:g}"
            )
        if self.network_seeds > self.seeds:
            raise ValueError(
                f"network_seeds must be at most seeds={self.seeds}, received {self.network_seeds}"
            )
        return self


Divisions = Mapping[tuple[SplitKind, int], pd.DataFrame]
"""Kind of split and seed → manifest with that split."""


def compare_random_split(
    manifest: pd.DataFrame, single_training: SingleTraining, leakage: LeakageParams
) -> dict[str, Any]:
    """Measure a network and trivial models on a random and on a group-safe split.

    Args:
        manifest: A validated manifest; its own splits are not used.
        single_training: How a single model is trained and measured.
        leakage: Shares and seeds.

    Returns:
        The outputs by name: leakage_metrics, leakage_report.

    Raises:
        ManifestError: If there are no photos for the task.
        CrackPipelineError: Whatever ends a training; finished ones are kept.
    """
    settings = single_training.trial_settings(leakage.for_task(single_training.task))
    rows = pool_photos(manifest, settings.task)
    divisions = {
        (kind, seed): divide_photos(
            rows, kind, test=leakage.test, validation=leakage.validation, seed=seed
        )
        for seed in range(leakage.seeds)
        for kind in SPLIT_KINDS
    }
    outcomes = [
        *_train_networks(divisions, settings, leakage),
        *_measure_trivial(rows, divisions, settings, leakage),
    ]
    comparison = compare_splits(outcomes, resamples=leakage.resamples)
    facts = _describe(rows, divisions)
    logger.info("What a random split adds:\n%s", tabulate_comparison(comparison))
    return {
        "leakage_metrics": {**facts, **flatten_comparison(comparison)},
        "leakage_report": {
            "dataset": settings.dataset,
            "task": settings.task,
            "claim": CLAIM,
            **facts,
            **comparison,
        },
    }


def show_leakage(leakage_report: dict[str, Any]) -> Figure:
    """Draw both splits side by side.

    Args:
        leakage_report: From ``compare_random_split``.

    Returns:
        The figure.
    """
    return draw_leakage(leakage_report)


def _train_networks(
    divisions: Divisions, settings: TrialSettings, leakage: LeakageParams
) -> list[Outcome]:
    trials, places = [], {}
    for (kind, seed), manifest in divisions.items():
        if seed < leakage.network_seeds:
            name = f"{settings.model.name}_{kind}_seed_{seed}"
            trials.append(Trial(name, manifest, settings.with_seed(seed)))
            places[name] = (kind, seed)

    def outcome_of(result: TrialResult) -> Outcome:
        place = places[result.name]
        return _judge(settings.model.name, place, result.photos(), divisions[place])

    report = ChildRunReport(
        lambda trial: _tags(settings.model.name, *places[trial.name]),
        lambda result: {**result.metrics, **outcome_of(result).metrics()},
    )
    results = run_trials(trials, in_project(leakage.trials_path), report=report)
    return [outcome_of(result) for result in results]


def _measure_trivial(
    rows: pd.DataFrame, divisions: Divisions, settings: TrialSettings, leakage: LeakageParams
) -> list[Outcome]:
    prepare = task_spec(settings.task).part("trivial_models")
    trivial: TrivialModels = prepare(rows, settings.evaluation, border_px=leakage.border_px)
    outcomes = []
    for name, measure in trivial.items():
        for place, manifest in divisions.items():
            title = "{} {} seed {}".format(name, *place).replace("_", " ")
            tags = {**_tags(name, *place), "task": settings.task, "dataset": settings.dataset}
            with tracking.open_child_run(title, tags=tags) as run:
                outcome = _judge(name, place, measure(manifest), manifest)
                run.log_metrics(outcome.metrics())
            outcomes.append(outcome)
    return outcomes


def _judge(
    model: str, place: tuple[SplitKind, int], photos: pd.DataFrame, manifest: pd.DataFrame
) -> Outcome:
    related = find_relatives(manifest).loc[photos["image_id"]].to_numpy()
    sizes = manifest["group_id"].value_counts()
    has_relative = photos["group_id"].map(sizes).to_numpy() > 1
    return Outcome(model, *place, photos.assign(related=related, has_relative=has_relative))


def _tags(model: str, kind: SplitKind, seed: int) -> dict[str, str]:
    return {"pipeline": "leakage", "model": model, "split": kind, "seed": str(seed)}


def _describe(rows: pd.DataFrame, divisions: Divisions) -> dict[str, float]:
    sizes = rows.groupby("group_id")["image_id"].size()
    random = [manifest for (kind, _), manifest in divisions.items() if kind == "random"]
    safe = [manifest for (kind, _), manifest in divisions.items() if kind == "group_safe"]
    return {
        "photos": len(rows),
        "groups": len(sizes),
        "groups_of_several": int((sizes > 1).sum()),
        "largest_group": int(sizes.max()),
        "photos_with_relative": int(sizes[sizes > 1].sum()),
        "random_test_photos": fmean(map(_count_test, random)),
        "group_safe_test_photos": fmean(map(_count_test, safe)),
        "random_groups_crossing": fmean(map(count_crossing, random)),
        "group_safe_groups_crossing": fmean(map(count_crossing, safe)),
        "test_related_share": fmean(map(_share_related, random)),
    }


def _share_related(manifest: pd.DataFrame) -> float:
    test_ids = manifest.loc[manifest["split"] == "test", "image_id"]
    return float(find_relatives(manifest).loc[test_ids].mean())


def _count_test(manifest: pd.DataFrame) -> int:
    return int((manifest["split"] == "test").sum())
