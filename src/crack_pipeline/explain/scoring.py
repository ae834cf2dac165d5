"""Scores of explained photos: per photo, per method, in the report and on the screen."""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from crack_pipeline.explain.explainer import ExplainedPhoto, Explainer
from crack_pipeline.explain.layers import FeatureLayer
from crack_pipeline.explain.methods import Heat, HeatMap, title_of
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
from crack_pipeline.reporting.explanations import GROUPS
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

_UNKNOWN = "–"
_NOT_SCORES = ("image_id", "method", "is_scored")


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
            border = draw_border(explained.photo.shape[:2], settings.border_share)
            row["border_area"] = float(border.mean())
            row["border_energy"] = energy_inside(made.heat, border)
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
    columns = ["method", "is_scored", "without_heat", *MEANS, *OF_JOINTS]
    frame = pd.DataFrame(list(rows)).reindex(columns=columns)
    return pd.DataFrame(
        [_summarize_method(frame[frame["method"] == name], name) for name in methods]
    )


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


def _score_joints(heat: HeatMap, explained: ExplainedPhoto) -> dict[str, float]:
    if explained.joints is None or not explained.joints.any():
        return {}
    # A crack that crosses a joint is looked at for its own sake.
    truth = np.zeros_like(explained.joints) if explained.truth is None else explained.truth
    alone = ((explained.joints > 0) & (truth == 0)).astype(np.uint8)
    return {"joint_area": float(alone.mean()), "joint_energy": energy_inside(heat, alone)}


def _summarize_method(of_method: pd.DataFrame, name: str) -> dict[str, Any]:
    scored = of_method[of_method["is_scored"].astype(bool)]
    cold = int(scored["without_heat"].sum())
    row: dict[str, Any] = {"method": name, "photos": len(scored), "without_heat": cold}
    row |= {score: float(scored[score].mean()) for score in MEANS}
    row |= {score: float(of_method[score].mean()) for score in OF_JOINTS}
    for ratio, above, below in RATIOS:
        # A photo without heat has an area but no energy: means of other photos are no ratio.
        both = (of_method if above in OF_JOINTS else scored)[[above, below]].dropna()
        divisor = float(both[below].mean())
        row[ratio] = float(both[above].mean()) / divisor if divisor > 0 else math.nan
    row["joint_photos"] = int(of_method["joint_area"].notna().sum())
    return row


def report_explanations(
    explained: Sequence[ExplainedPhoto],
    rows: Sequence[Mapping[str, Any]],
    table: pd.DataFrame,
    *,
    layer: FeatureLayer | None,
    left_out: Sequence[str],
) -> dict[str, Any]:
    """Gather what is known of the explanations.

    Args:
        explained: The photos.
        rows: Their scores, from ``score_photo``.
        table: From ``tabulate_scores``.
        layer: Whose maps Grad-CAM weighted; None where it was not asked for.
        left_out: Sentences on scores that are missing, and on maps without heat.

    Returns:
        ``layer``, ``left_out``, ``methods`` (the table) and ``photos``; None in place of NaN.
    """
    return {
        "layer": None if layer is None else {"name": layer.name, "shape": list(layer.shape)},
        "left_out": list(left_out),
        "methods": [_without_nan(row) for row in table.to_dict("records")],
        "photos": [_report_photo(photo, rows) for photo in explained],
    }


def _report_photo(photo: ExplainedPhoto, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    own = [row for row in rows if row["image_id"] == photo.chosen.image_id]
    return {
        "image_id": photo.chosen.image_id,
        "kind": photo.chosen.kind,
        "is_scored": photo.chosen.is_scored,
        "explained": photo.target,
        "probability": photo.probability,
        "made_with": {name: heat.facts for name, heat in photo.heats.items() if heat.facts},
        "scores": {
            str(row["method"]): _without_nan(
                {key: value for key, value in row.items() if key not in _NOT_SCORES}
            )
            for row in own
        },
    }


def _without_nan(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        str(key): None if isinstance(value, float) and math.isnan(value) else value
        for key, value in row.items()
    }


def format_scores(table: pd.DataFrame, task: Task) -> str:
    """Lay out the scores: one row a score, one column a method.

    Args:
        table: From ``tabulate_scores``.
        task: What the model was trained for.

    Returns:
        Lines of at most 110 characters for all five methods; "–" where a method has no such
        score. Scores that no method has are left out.
    """
    methods = table.to_dict("records")
    titles = [title_of(str(row["method"]), task).rpartition(" ") for row in methods]
    lines = [["", *(first for first, _, _ in titles)], ["", *(last for _, _, last in titles)]]
    for score in itertools.chain.from_iterable(GROUPS.values()):
        cells = [_write(row[score.name]) for row in methods]
        if set(cells) != {_UNKNOWN}:
            lines.append([score.label, *cells])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    first = widths[0]
    return "\n".join(
        "  ".join([line[0].ljust(first), *map(str.rjust, line[1:], widths[1:])]).rstrip()
        for line in lines
        if any(line)
    )


def _write(value: float) -> str:
    if math.isnan(value):
        return _UNKNOWN
    return str(value) if isinstance(value, int) else f"{value:.3f}"
