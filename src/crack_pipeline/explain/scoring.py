"""The scores of explained photos, and the table of methods by score."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from crack_pipeline.explain.explaining import ExplainedPhoto, Explainer
from crack_pipeline.explain.heat import HeatMap
from crack_pipeline.explain.methods import Heat, title_of
from crack_pipeline.explain.scores import (
    compare_structure,
    correlate_ranks,
    draw_border,
    energy_inside,
    hits_mask,
    measure_deletion,
    overlap_hottest,
)
from crack_pipeline.explain.settings import ScoringSettings
from crack_pipeline.types import BinaryMask, Task

MEANS = (
    "energy_inside",
    "mask_area",
    "pointing_game",
    "iou",
    "deletion_auc",
    "sanity_spearman",
    "sanity_ssim",
    "completeness_gap",
    "border_energy",
    "border_area",
)
"""Scores whose mean over the scored photos is in the table."""

RATIOS = (
    ("energy_ratio", "energy_inside", "mask_area"),
    ("border_preference", "border_energy", "border_area"),
    ("joint_preference", "joint_energy", "joint_area"),
)
"""Quotient of two means over the photos that have both: 1 is no preference."""

OF_JOINTS = ("joint_energy", "joint_area")


def score_photo(
    explained: ExplainedPhoto,
    explainer: Explainer,
    settings: ScoringSettings,
    *,
    random_heats: Mapping[str, Heat] | None = None,
) -> list[dict[str, Any]]:
    """Score all maps of one photo.

    Args:
        explained: The photo and its maps.
        explainer: Who made them.
        settings: Of the scores.
        random_heats: Maps of the network with weights drawn anew, where they are known.

    Returns:
        One row a method: ``image_id``, ``method``, ``is_scored``, ``without_heat`` and the scores
        that this photo allows.
    """
    rows = []
    for name, made in explained.heats.items():
        row: dict[str, Any] = {
            "image_id": explained.chosen.image_id,
            "method": name,
            "is_scored": explained.chosen.is_scored,
            "without_heat": not made.heat.any(),
            **_score_joints(made.heat, explained),
        }
        if explained.chosen.is_scored:
            row |= _score_against_mask(made.heat, explained.truth, settings)
            row |= _score_border(made.heat, settings)
            row |= {key: value for key, value in made.facts.items() if key in MEANS}
            row["deletion_auc"] = measure_deletion(
                lambda photos: explainer.confidence(photos, explained.weights),
                explained.photo,
                made.heat,
                steps=settings.deletion_steps,
            )
            if random_heats is not None:
                row["sanity_spearman"] = correlate_ranks(made.heat, random_heats[name].heat)
                row["sanity_ssim"] = compare_structure(made.heat, random_heats[name].heat)
        rows.append(row)
    return rows


def tabulate_scores(rows: Sequence[Mapping[str, Any]], methods: Iterable[str]) -> pd.DataFrame:
    """Make the table of methods by score.

    Args:
        rows: From ``score_photo``, of all photos.
        methods: In the order wanted.

    Returns:
        One row a method: ``method``, ``photos`` (scored), ``without_heat`` (how many of them),
        means, ratios and ``joint_photos``. A score that no photo allows is NaN.
    """
    frame = pd.DataFrame(list(rows))
    return pd.DataFrame([_summarize_method(frame, name) for name in methods])


def flatten_scores(table: pd.DataFrame) -> dict[str, float]:
    """Flat numbers of the table.

    Args:
        table: From ``tabulate_scores``.

    Returns:
        ``explain_<method>_<score>`` → number, without what is not known.
    """
    return {
        f"explain_{row['method']}_{score}": float(value)
        for row in table.to_dict("records")
        for score, value in row.items()
        if score != "method" and not math.isnan(value)
    }


def name_methods(table: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Call methods as figures do.

    Args:
        table: From ``tabulate_scores``.
        task: What the model was trained for.

    Returns:
        The table, its methods by their usual names.
    """
    return table.assign(method=[title_of(name, task) for name in table["method"]])


def say_what_is_left_out(explained: Sequence[ExplainedPhoto], task: Task) -> list[str]:
    """Name the scores that these photos do not allow, and methods that say nothing of some.

    Args:
        explained: All photos.
        task: What the model was trained for.

    Returns:
        Sentences; none where nothing is left out.
    """
    scored = [photo for photo in explained if photo.chosen.is_scored]
    said = []
    if not scored:
        said.append("No test photo shows crack, so that no map is scored.")
    elif all(photo.truth is None for photo in scored):
        said.append(
            "The photos have no masks: energy inside, pointing game and IoU are left out. They "
            "need a data set with masks."
        )
    said += [
        f"{title_of(name, task)} gives no heat on {number} of {len(scored)} scored photos: these "
        "count as misses, and in no ratio."
        for name, number in count_without_heat(explained).items()
    ]
    if all(photo.joints is None or not photo.joints.any() for photo in explained):
        said.append("Tile joints are known of the drawn sample only: their share is left out.")
    return said


def count_without_heat(explained: Sequence[ExplainedPhoto]) -> dict[str, int]:
    """Count the scored photos on which a method gives no heat at all.

    Args:
        explained: All photos.

    Returns:
        Method → number above 0; methods that always give heat are not in it.
    """
    return dict(
        Counter(
            name
            for photo in explained
            if photo.chosen.is_scored
            for name, made in photo.heats.items()
            if not made.heat.any()
        )
    )


def _score_against_mask(
    heat: HeatMap, truth: BinaryMask | None, settings: ScoringSettings
) -> dict[str, float]:
    if truth is None or not truth.any():
        return {}
    return {
        "mask_area": float(truth.mean()),
        "energy_inside": energy_inside(heat, truth),
        "pointing_game": hits_mask(heat, truth, tolerance_px=settings.pointing_tolerance_px),
        "iou": overlap_hottest(heat, truth),
    }


def _score_border(heat: HeatMap, settings: ScoringSettings) -> dict[str, float]:
    border = draw_border((heat.shape[0], heat.shape[1]), settings.border_share)
    return {"border_area": float(border.mean()), "border_energy": energy_inside(heat, border)}


def _score_joints(heat: HeatMap, explained: ExplainedPhoto) -> dict[str, float]:
    if explained.joints is None or not explained.joints.any():
        return {}
    # A crack that crosses a joint is looked at for its own sake.
    truth = np.zeros_like(explained.joints) if explained.truth is None else explained.truth
    alone = ((explained.joints > 0) & (truth == 0)).astype(np.uint8)
    return {"joint_area": float(alone.mean()), "joint_energy": energy_inside(heat, alone)}


def _summarize_method(frame: pd.DataFrame, name: str) -> dict[str, Any]:
    of_method = frame[frame["method"] == name] if len(frame) else frame
    scored = of_method[of_method["is_scored"]] if len(of_method) else of_method
    cold = int(scored["without_heat"].sum()) if len(scored) else 0
    row: dict[str, Any] = {"method": name, "photos": len(scored), "without_heat": cold}
    row |= {score: _mean(scored, score) for score in MEANS}
    row |= {score: _mean(of_method, score) for score in OF_JOINTS}
    for ratio, above, below in RATIOS:
        row[ratio] = _divide_means(of_method if above in OF_JOINTS else scored, above, below)
    has_joints = "joint_area" in of_method
    row["joint_photos"] = int(of_method["joint_area"].notna().sum()) if has_joints else 0
    return row


def _mean(frame: pd.DataFrame, column: str) -> float:
    values = frame[column].dropna() if column in frame else ()
    return float(np.mean(values)) if len(values) else float("nan")


def _divide_means(frame: pd.DataFrame, above: str, below: str) -> float:
    if above not in frame or below not in frame:
        return float("nan")
    # A photo without heat has an area but no energy: means of other photos are no ratio.
    both = frame[[above, below]].dropna()
    divisor = _mean(both, below)
    return _mean(both, above) / divisor if divisor > 0 else float("nan")
