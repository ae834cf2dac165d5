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

TRAIN_STAGES = ("ingest", "preprocess", "augment", "fit", "evaluate", "report")
"""Stages of ``train``, in the order of the data."""


def register_pipelines() -> dict[str, Pipeline]:
    """Build every pipeline.

    Returns:
        Name → pipeline; ``train`` chains the stages from a bare data folder to an evaluated model,
        ``cross_validate``, ``compare_models`` and ``leakage`` go from the same folder to several.
    """
    stages = {
        "ingest": ingest.create_pipeline(),
        "preprocess": preprocess.create_pipeline(),
        "augment": augment.create_pipeline(),
        "fit": fit.create_pipeline(),
        "evaluate": evaluate.create_pipeline(),
        "explain": explain.create_pipeline(),
        "report": report.create_pipeline(),
        "score": score.create_pipeline(),
        "cross_evaluate": cross_evaluate.create_pipeline(),
        "compare_runs": compare_runs.create_pipeline(),
        "review": review.create_pipeline(),
    }
    train = sum((stages[name] for name in TRAIN_STAGES), Pipeline([]))
    several = {
        "cross_validate": stages["ingest"] + cross_validate.create_pipeline(),
        "compare_models": stages["ingest"] + compare_models.create_pipeline(),
        "leakage": stages["ingest"] + leakage.create_pipeline(),
    }
    return {**stages, **several, "train": train, "__default__": train}
