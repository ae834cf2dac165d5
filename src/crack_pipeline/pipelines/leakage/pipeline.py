"""The ``leakage`` pipeline: the same models on a random and on a group-safe split."""

from kedro.pipeline import Pipeline

from crack_pipeline.pipelines.leakage.nodes import compare_random_split, show_leakage
from crack_pipeline.pipelines.trial_settings import create_trials_pipeline

_RESULTS = ("leakage_metrics", "leakage_report")


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``manifest`` to ``leakage_metrics``."""
    return create_trials_pipeline(
        "leakage", compare_random_split, _RESULTS, show_leakage, "leakage_figure"
    )
