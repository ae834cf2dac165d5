"""The pipelines that ``kedro run --pipeline=`` knows. Listing them imports no network library."""

from types import ModuleType

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
    predict,
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
        Each stage of ``train`` is a namespace, which Kedro-Viz shows as one box.
    """
    stages = {
        name: Pipeline([pipeline], namespace=name, prefix_datasets_with_namespace=False)
        for name, pipeline in _build(ingest, preprocess, augment, fit, evaluate).items()
    }
    others = _build(explain, report, score, cross_evaluate, compare_runs, review, predict)
    several = {
        name: stages["ingest"] + pipeline
        for name, pipeline in _build(cross_validate, compare_models, leakage).items()
    }
    train = sum((stages[name] for name in TRAIN_STAGES), Pipeline([]))
    return {**stages, **others, **several, "train": train, "__default__": train}


def _build(*modules: ModuleType) -> dict[str, Pipeline]:
    return {module.__name__.rpartition(".")[2]: module.create_pipeline() for module in modules}
