"""Nodes of the ``predict`` pipeline."""

import logging
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from crack_pipeline.inspection.running import predict_folder
from crack_pipeline.inspection.settings import PredictionParams, PredictionSettings
from crack_pipeline.pipelines.ingest.params import IngestionParams
from crack_pipeline.pipelines.project_paths import in_project
from crack_pipeline.tracking.model_choice import choose_model
from crack_pipeline.tracking.predictions import record_prediction
from crack_pipeline.tracking.recorder import Recorder
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
    with _recording(settings) as recorder:
        inspection = predict_folder(bundle, settings, ingestion.parallel)
        if recorder is not None:
            recorder.record_parameters(inspection.describe())
            recorder.record_metrics(inspection.count())
            for path in inspection.documents:
                recorder.record_artifact(path, "reports")
    logger.info("%s", inspection.summarize())
    inspection.require_whole()


def _recording(settings: PredictionSettings) -> AbstractContextManager[Recorder | None]:
    if not settings.params.track:
        return nullcontext()
    return record_prediction(f"predict {settings.photos.name}", in_project(Path()))
