"""Nodes of the ``predict`` pipeline."""

import logging
from pathlib import Path

from crack_pipeline.inspection.running import predict_folder
from crack_pipeline.inspection.settings import PredictionParams
from crack_pipeline.pipelines.ingest.params import IngestionParams
from crack_pipeline.pipelines.project_paths import in_project
from crack_pipeline.tracking.model_choice import choose_model
from crack_pipeline.types import Task

logger = logging.getLogger(__name__)

_MODELS = Path("data/06_models")
_RESULTS = Path("data/07_model_output")


def predict_photos(
    prediction: PredictionParams, ingestion: IngestionParams, task: Task, dataset: str
) -> None:
    """Find and measure the cracks in photos, and write tables, pictures and a report.

    Args:
        prediction: Photos, model and scale.
        ingestion: The largest photo that is let through, and the workers.
        task: What the newest model must be trained for.
        dataset: The data set that the newest model is of.

    Raises:
        ParameterError: If photos or model are not named or not there, or do not fit.
        SourceError: If there is no photo, or some cannot be predicted.
        StorageError: If results cannot be written.
    """
    settings = prediction.resolve(
        in_project(_RESULTS) / dataset / "inspections", max_megapixels=ingestion.max_megapixels
    )
    newest = in_project(_MODELS) / dataset / task
    bundle, origin = choose_model(prediction.model, newest=newest, task=task)
    logger.info("Model: %s", origin)
    predict_folder(bundle, settings)
