"""The pipelines that ``kedro run --pipeline=`` knows. Listing them imports no network library."""

from kedro.pipeline import Pipeline

from crack_pipeline.pipelines import (
    augment,
    compare_models,
    compare_runs,
    cross_evaluate,
    cross_validate,
    evaluate,
    explain,
    fit,
    ingest,
    leakage,
    preprocess,
    report,
    review,
    score,
)

TRAIN_STAGES = ("ingest", "preprocess", "augment", "fit", "evaluate")
"""Stages of ``train``, in the order of the data."""


def register_pipelines() -> dict[str, Pipeline]:
    """Build every pipeline.

    Returns:
        Name → pipeline; ``train`` chains the stages from a bare data folder to an evaluated model,
        ``cross_validate``, ``compare_models`` and ``leakage`` go from the same folder to several.
        In a chain each stage is a namespace, which Kedro-Viz shows as one box.
    """
    stages = {
        module.__name__.rpartition(".")[2]: module.create_pipeline()
        for module in (
            *(ingest, preprocess, augment, fit, evaluate, explain, report),
            *(score, cross_evaluate, compare_runs, review),
        )
    }
    ingested = _as_box("ingest", stages["ingest"])
    several = {
        module.__name__.rpartition(".")[2]: ingested + module.create_pipeline()
        for module in (cross_validate, compare_models, leakage)
    }
    train = sum((_as_box(name, stages[name]) for name in TRAIN_STAGES), Pipeline([]))
    return {**stages, **several, "train": train, "__default__": train}


def _as_box(name: str, stage: Pipeline) -> Pipeline:
    return Pipeline([stage], namespace=name, prefix_datasets_with_namespace=False)
