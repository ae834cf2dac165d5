"""Measure masks or probability maps of another program, with the table of our own models."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crack_pipeline.errors import ParameterError
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.metrics.summaries import grid_index
from crack_pipeline.progress import track
from crack_pipeline.scoring.maps import (
    SCALE_WORDS,
    Scale,
    read_prediction,
    recognize_scale,
    require_same_size,
)
from crack_pipeline.scoring.pairing import Pairing, ScoredPair
from crack_pipeline.tasks.mask_report import MaskReport, report_masks
from crack_pipeline.tasks.mask_scores import score_maps
from crack_pipeline.tasks.settings import SegmentationEvaluation
from crack_pipeline.tasks.split_scores import Wanted
from crack_pipeline.types import BinaryMask, ProbabilityMap


@dataclass(frozen=True, slots=True, eq=False)
class ForeignScores:
    """What was measured of another program's predictions.

    Attributes:
        scale: How they are written.
        report: The table.
        notes: What must be known to read it, in sentences.
    """

    scale: Scale
    report: MaskReport
    notes: list[str]


def score_pairs(
    pairing: Pairing,
    settings: SegmentationEvaluation,
    *,
    threshold: float,
    photo_id_pattern: str | None = None,
) -> ForeignScores:
    """Measure pairs of prediction and mask.

    Args:
        pairing: At least one pair.
        settings: Tolerance, draws of the bootstrap, scale.
        threshold: From which probability on a pixel is crack; masks do not depend on it.
        photo_id_pattern: Regular expression found in a name; its first group, or all that it
            matches, names the source photo. None takes each file for a photo of its own.

    Returns:
        The table.

    Raises:
        MaskError: If values are no probabilities or a mask cannot be read.
        ShapeError: If a prediction and its mask differ in size.
        ParameterError: If the threshold is not one of the grid, or the pattern does not fit.
    """
    grid_index(threshold)
    pairs = pairing.pairs
    rows = pd.DataFrame(
        {
            "image_id": [pair.name for pair in pairs],
            "group_id": _group_names(pairs, photo_id_pattern),
        }
    )
    scale = recognize_scale([pair.prediction for pair in pairs])
    scores = score_maps(
        _read_maps(pairs, scale),
        rows,
        settings,
        threshold=threshold,
        wanted=Wanted(calibration=True, in_full=True),
    )
    report = report_masks(scores, settings, threshold=threshold, temperature=1.0)
    return ForeignScores(scale, report, _list_notes(scale, rows, pairing, photo_id_pattern))


def _read_maps(
    pairs: list[ScoredPair], scale: Scale
) -> Iterator[tuple[ProbabilityMap, BinaryMask]]:
    for pair in track(pairs, total=len(pairs), description="Measuring", unit="photos"):
        probability, truth = read_prediction(pair.prediction, scale), read_mask(pair.mask)
        require_same_size(pair.name, probability, truth)
        yield probability, truth


def _group_names(pairs: list[ScoredPair], pattern: str | None) -> list[str]:
    if pattern is None:
        return [pair.name for pair in pairs]
    try:
        found = [re.search(pattern, pair.name) for pair in pairs]
    except re.error as error:
        raise ParameterError(
            "`scoring.photo_id_pattern` must be a regular expression.",
            received=f"{pattern}: {error}",
            remedy=r"For instance '^(\d+)' takes the digits that a name begins with.",
        ) from error
    missing = [pair.name for pair, match in zip(pairs, found, strict=True) if match is None]
    if missing:
        raise ParameterError(
            "`scoring.photo_id_pattern` must be found in the name of each prediction.",
            received=f"{pattern}, not in {', '.join(missing[:6])}",
            remedy="Change the pattern, or leave it out: each file is a photo of its own then.",
        )
    return [match.group(match.re.groups and 1) for match in found if match is not None]


def _list_notes(
    scale: Scale, rows: pd.DataFrame, pairing: Pairing, pattern: str | None
) -> list[str]:
    notes = [f"{len(rows)} predictions were recognised as {SCALE_WORDS[scale]}."]
    if scale == "mask":
        notes.append(
            "Of masks, average precision, ODS, OIS and calibration say no more than F1 does."
        )
    if pattern is None:
        notes.append(
            "Each file counts as a source photo of its own: where several show one place, "
            "intervals are too narrow; scoring.photo_id_pattern tells which belong together."
        )
    skipped = [*pairing.without_mask, *pairing.without_prediction]
    if skipped:
        notes.append(f"{len(skipped)} files without a partner were skipped.")
    return notes


def describe_foreign(scores: ForeignScores, pairing: Pairing, threshold: float) -> dict[str, Any]:
    """The report, JSON-ready.

    Args:
        scores: From ``score_pairs``.
        pairing: What was paired.
        threshold: What was measured with.

    Returns:
        The parts of the table, and how the files were read.
    """
    return {
        "threshold": threshold,
        "scale": scores.scale,
        "notes": scores.notes,
        "skipped": {
            "predictions_without_mask": pairing.without_mask,
            "masks_without_prediction": pairing.without_prediction,
        },
        **scores.report.parts,
    }
