"""The ``compare_models`` pipeline: several networks or losses under one budget."""

from kedro.pipeline import Pipeline

from crack_pipeline.pipelines.compare_models.nodes import show_comparison, train_candidates
from crack_pipeline.pipelines.trial_settings import create_trials_pipeline

_RESULTS = ("model_comparison", "model_comparison_report")


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``manifest`` to ``model_comparison``."""
    return create_trials_pipeline(
        "compare_models", train_candidates, _RESULTS, show_comparison, "model_comparison_figure"
    )
