"""The ``cross_validate`` pipeline: k trainings, and predictions by models that saw no answer."""

from kedro.pipeline import Pipeline

from crack_pipeline.pipelines.cross_validate.nodes import show_cross_validation, train_folds
from crack_pipeline.pipelines.trial_settings import create_trials_pipeline

_RESULTS = ("cross_validation_metrics", "cross_validation_report", "out_of_fold_predictions")


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``manifest`` to ``cross_validation_metrics``."""
    return create_trials_pipeline(
        "cross_validate", train_folds, _RESULTS, show_cross_validation, "cross_validation_figure"
    )
