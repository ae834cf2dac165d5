"""Measure masks or probability maps of another program, with the table of our own models."""

import re
from collections.abc import Iterator
from dataclasses import asdict, replace

import numpy as np
import pandas as pd

from crack_pipeline.errors import ParameterError
from crack_pipeline.metrics.curves import choose_threshold
from crack_pipeline.metrics.histograms import grid_index
from crack_pipeline.metrics.rates import ConfusionCounts, CountArray
from crack_pipeline.progress import track
from crack_pipeline.scoring.maps import (
    Scale,
    ScaleChoice,
    read_prediction,
    read_truth,
    recognize_scale,
    require_same_size,
)
from crack_pipeline.scoring.pairing import Pairing, ScoredPair
from crack_pipeline.tasks.mask_report import report_masks
from crack_pipeline.tasks.mask_scores import SplitScores, score_maps
from crack_pipeline.tasks.report_parts import Report
from crack_pipeline.tasks.settings import SegmentationEvaluation
from crack_pipeline.types import BinaryMask, ProbabilityMap
from crack_pipeline.wording.phrases import count_of

_MOST_CRACK = 0.5
"""Cracks are thin: few photos are crack for the most part, and no data set is on average."""


def score_pairs(
    pairing: Pairing,
    settings: SegmentationEvaluation,
    *,
    threshold: float,
    scale: ScaleChoice = "auto",
    photo_id_pattern: str | None = None,
) -> Report:
    """Measure pairs of prediction and mask.

    Args:
        pairing: At least one pair.
        settings: Tolerance, draws of the bootstrap, scale.
        threshold: From which probability on a pixel is crack; masks do not depend on it.
        scale: The value that means certain crack; ``auto`` tells it from all files.
        photo_id_pattern: Regular expression found in a name; its first group, or all that it
            matches, names the source photo. None takes each file for a photo of its own.

    Returns:
        The table. Its parts also say how the files were read: ``threshold``, ``scale``, ``notes``
        (what must be known to read it), ``doubts`` (why the files may mean something else than
        they were taken for) and ``skipped``.

    Raises:
        MaskError: If values are no probabilities, or of a scale that cannot be told, or a mask
            cannot be read.
        ImageReadError: If a prediction cannot be read.
        ShapeError: If a prediction and its mask differ in size.
        ParameterError: If the threshold is not one of the grid, or the pattern does not fit.
    """
    _require_grid(threshold)
    pairs = pairing.pairs
    rows = pd.DataFrame(
        {
            "image_id": [pair.name for pair in pairs],
            "group_id": _group_names(pairs, photo_id_pattern),
        }
    )
    found = recognize_scale([pair.prediction for pair in pairs], scale)
    scores = score_maps(
        _read_maps(pairs, found),
        rows,
        settings,
        threshold=threshold,
        temperature=1.0,
        in_full=True,
    )
    report = report_masks(
        scores,
        settings,
        threshold=threshold,
        temperature=1.0,
        has_probabilities=not found.is_mask,
    )
    how = {
        "threshold": threshold,
        "scale": found.name,
        "notes": _list_notes(found, pairing, photo_id_pattern),
        "doubts": list_doubts(scores, threshold),
        "skipped": {
            "predictions_without_mask": pairing.without_mask,
            "masks_without_prediction": pairing.without_prediction,
            "ambiguous_names": [asdict(names) for names in pairing.ambiguous],
        },
    }
    return replace(report, parts={**how, **report.parts})


def _require_grid(threshold: float) -> None:
    try:
        grid_index(threshold)
    except ParameterError as error:
        raise ParameterError(
            "`scoring.threshold` must be one of 0.00, 0.01, …, 1.00.",
            received=error.received,
            remedy=f"Round it to two places: --params=scoring.threshold={threshold:.2f}.",
        ) from error


def _read_maps(
    pairs: list[ScoredPair], scale: Scale
) -> Iterator[tuple[ProbabilityMap, BinaryMask]]:
    for pair in track(pairs, total=len(pairs), description="Measuring", unit="photos"):
        probability, truth = read_prediction(pair.prediction, scale), read_truth(pair.mask)
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


def _list_notes(scale: Scale, pairing: Pairing, pattern: str | None) -> list[str]:
    number = len(pairing.pairs)
    were = "was" if number == 1 else "were"
    notes = [f"{count_of(number, 'prediction')} {were} recognised as {scale.describe()}."]
    if scale.is_mask:
        notes.append(
            "Of masks, average precision, ODS, OIS and calibration say no more than F1 does."
        )
    if pattern is None:
        notes.append(
            "Each file counts as a source photo of its own: where several show one place, "
            "intervals are too narrow; scoring.photo_id_pattern tells which belong together."
        )
    if pairing.n_skipped:
        were = "was" if pairing.n_skipped == 1 else "were"
        notes.append(f"{count_of(pairing.n_skipped, 'file')} without one partner {were} skipped.")
    return notes


def list_doubts(scores: SplitScores, threshold: float) -> list[str]:
    """Tell what speaks for a wrong scale, or for crack and background being swapped.

    Args:
        scores: Of all photos.
        threshold: From which probability on a pixel is crack.

    Returns:
        Sentences that say what was seen and what to do; empty where nothing was.
    """
    counts = scores.each_at(threshold)
    predicted, crack = counts.predicted, counts.crack
    found = []
    if not predicted.any() and crack.any():
        found.append(_describe_emptiness(scores, threshold))
    if _mean_share(predicted, counts) > _MOST_CRACK:
        found.append(
            f"Predictions are {_mean_share(predicted, counts):.0%} crack on average at a threshold "
            f"of {threshold:g}: if crack is dark in them, write them inverted (1 − probability, "
            "255 − value); else raise scoring.threshold."
        )
    if _mean_share(crack, counts) > _MOST_CRACK:
        found.append(
            f"True masks are {_mean_share(crack, counts):.0%} crack on average: if crack is dark "
            "in them, write them inverted, with 0 for background and 255 for crack."
        )
    return found


def _mean_share(pixels: CountArray, counts: ConfusionCounts) -> float:
    """Mean of the photos' shares."""
    return float(np.mean(pixels / counts.total))


def _describe_emptiness(scores: SplitScores, threshold: float) -> str:
    best = choose_threshold(scores.sweep())
    seen = f"No pixel of any prediction reaches the threshold of {threshold:g}"
    if best.f1 is None or best.threshold == 0.0:
        return (
            f"{seen}, although true masks hold crack: look whether the predictions "
            "hold any, and set scoring.scale if another scale was recognised than theirs."
        )
    return (
        f"{seen}, yet at {best.threshold:.2f} F1 is {best.f1:.2f}: probably the values run on "
        "another scale than was recognised (set scoring.scale to the value that means certain "
        "crack), or the threshold is too high for them (set scoring.threshold to what was chosen "
        "on other photos)."
    )
