"""Nodes of the ``score`` pipeline."""

import logging
from typing import Any

from crack_pipeline.pipelines.params import EvaluationParams
from crack_pipeline.pipelines.project_paths import in_project
from crack_pipeline.pipelines.score.params import ScoringParams
from crack_pipeline.scoring.pairing import pair_folders
from crack_pipeline.tasks.evaluation import draw_report_figures
from crack_pipeline.tasks.foreign_masks import score_pairs
from crack_pipeline.tasks.summary import format_scores
from crack_pipeline.wording.phrases import count_of

logger = logging.getLogger(__name__)


def score_predictions(scoring: ScoringParams, evaluation: EvaluationParams) -> dict[str, Any]:
    """Measure what another program predicted.

    Args:
        scoring: Where the predictions and the masks lie.
        evaluation: Tolerance, draws of the bootstrap and scale, of ``segmentation``.

    Returns:
        The outputs by name: score_metrics, score_report, and figures by name.

    Raises:
        SourceError: If folders are missing or empty, or files have no partner.
        MaskError: If values are no probabilities, or of a scale that cannot be told, or a mask
            cannot be read.
        ImageReadError: If a prediction cannot be read.
        ShapeError: If a prediction and its mask differ in size.
        ParameterError: If a folder is not named, or a parameter does not fit.
    """
    predictions, masks = (in_project(folder) for folder in scoring.folders())
    settings = evaluation.for_task("segmentation")
    pairing = pair_folders(predictions, masks, unpaired=scoring.unpaired)
    report = score_pairs(
        pairing,
        settings,
        threshold=scoring.threshold,
        scale=scoring.scale,
        photo_id_pattern=scoring.photo_id_pattern,
    )
    for note in report.parts["notes"]:
        logger.info(note)
    for doubt in report.parts["doubts"]:
        logger.warning(doubt)
    logger.info("%s\n%s", predictions, format_scores(report.headline))
    photos = count_of(len(pairing.pairs), "photo")
    figures = draw_report_figures(report, lambda what: f"{what}\n{predictions.name}, {photos}")
    return {
        "score_metrics": report.metrics,
        "score_report": report.parts,
        "score_figures": figures,
    }
