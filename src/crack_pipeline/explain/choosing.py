"""Which test photos are explained: some that tell much, and some drawn by chance for the scores."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from crack_pipeline.errors import ManifestError
from crack_pipeline.explain.settings import ExplanationSettings
from crack_pipeline.manifest import usable_rows
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import Task

Photo: TypeAlias = Mapping[str, Any]
Order: TypeAlias = Callable[[Photo], float]

SCORED, JOINTS = "scored", "tile joints"
KINDS = ("best", "median", "worst", "false alarms", "misses", JOINTS)
"""Kinds of photos on the sheet, in its order."""
_EXTREMES = ("best", "worst", "false alarms", "misses")


@dataclass(frozen=True, slots=True)
class ChosenPhoto:
    """A test photo to explain.

    Attributes:
        image_id: Its id.
        kind: Why it is on the sheet; None where it is not.
        is_scored: Whether its maps count in the scores against the masks.
        is_of_others: Whether a photo that is better, worse … than this one stands in the row of
            another kind.
    """

    image_id: str
    kind: str | None
    is_scored: bool
    is_of_others: bool = False


def choose_photos(
    photos: Sequence[Photo],
    manifest: pd.DataFrame,
    *,
    task: Task,
    threshold: float,
    settings: ExplanationSettings,
    with_joints: Iterable[str] = (),
) -> list[ChosenPhoto]:
    """Choose test photos.

    On the sheet a photo is named once. The scored photos are drawn by the seed from those with
    crack, so that they are no choice of good or bad ones.

    Args:
        photos: The entries ``photos`` of the evaluation report.
        manifest: A validated manifest.
        task: What the model was trained for.
        threshold: From which probability on there is a crack.
        settings: How many of each kind.
        with_joints: Ids of photos that show tile joints.

    Returns:
        The photos, those of the sheet first, in the order of ``KINDS``.

    Raises:
        ManifestError: If the test split is empty, or the report is of other photos.
    """
    rows = usable_rows(manifest, "test")
    if rows.empty:
        raise ManifestError(
            "Explanations are made of test photos.",
            received="no usable photo in the test split",
            remedy="Add photos, or change `splitting` in the ingestion parameters.",
        )
    test_ids = set(rows["image_id"])
    known = [photo for photo in photos if str(photo["image_id"]) in test_ids]
    if not known:
        raise ManifestError(
            "The evaluation report must be of the manifest's test photos.",
            received=f"{len(photos)} photos in the report, none of them a test photo",
            remedy="Run `kedro run --pipeline=evaluate` first.",
        )
    joints = [photo for photo in known if str(photo["image_id"]) in set(with_joints)]
    ranked = _rank_masks(known) if _has_masks(task) else _rank_labels(known, threshold)
    kinds = _take_each_once({**ranked, JOINTS: joints}, settings.sheet_photos)
    rng = np.random.default_rng(settings.seed)
    cracked = [photo for photo in known if _is_cracked(photo, task)]
    scored = _draw_ids(rng, cracked, settings.scores.photos)
    others = [*scored, *_draw_ids(rng, joints, settings.scores.joint_photos)]
    chosen = [
        ChosenPhoto(name, kind, name in scored, _comes_after(name, ranked.get(kind, ()), kinds))
        for name, kind in kinds.items()
    ]
    beside = [name for name in dict.fromkeys(others) if name not in kinds]
    return [*chosen, *(ChosenPhoto(name, None, name in scored) for name in beside)]


def _rank_masks(photos: Sequence[Photo]) -> dict[str, list[Photo]]:
    cracked = _sorted(
        [photo for photo in photos if _truth_px(photo) > 0], lambda photo: -_dice(photo)
    )
    alarmed = [photo for photo in photos if photo["false_positive"] > 0]
    missed = [photo for photo in cracked if photo["false_negative"] > 0]
    return {
        "best": cracked,
        "worst": cracked[::-1],
        # Crack-free photos first: whatever is found there is a false alarm as a whole.
        "false alarms": sorted(
            alarmed, key=lambda photo: (_truth_px(photo) > 0, -photo["false_positive"])
        ),
        "misses": _sorted(missed, lambda photo: -photo["false_negative"]),
        "median": _from_middle(cracked),
    }


def _rank_labels(photos: Sequence[Photo], threshold: float) -> dict[str, list[Photo]]:
    def belief(photo: Photo) -> float:
        probability = float(photo["probability"])
        return probability if photo["label"] == 1 else 1 - probability

    by_belief = _sorted(photos, lambda photo: -belief(photo))
    alarms = [p for p in by_belief if p["label"] == 0 and p["probability"] >= threshold]
    misses = [p for p in by_belief if p["label"] == 1 and p["probability"] < threshold]
    cracked = [photo for photo in by_belief if photo["label"] == 1]
    return {
        "best": cracked,
        "false alarms": alarms[::-1],
        "misses": misses[::-1],
        "worst": by_belief[::-1],
        "median": _from_middle(cracked),
    }


def _take_each_once(ranked: Mapping[str, Sequence[Photo]], n_photos: int) -> dict[str, str]:
    kinds: dict[str, str] = {}
    for kind, photos in ranked.items():
        free = [str(p["image_id"]) for p in photos if str(p["image_id"]) not in kinds]
        kinds |= dict.fromkeys(free[:n_photos], kind)
    return {name: kind for one in KINDS for name, kind in kinds.items() if kind == one}


def _comes_after(name: str, ranked: Sequence[Photo], kinds: Mapping[str, str]) -> bool:
    """Whether a photo of another kind comes before this one in the order of its own kind."""
    if kinds[name] not in _EXTREMES:
        return False
    ids = [str(photo["image_id"]) for photo in ranked]
    return any(kinds[other] != kinds[name] for other in ids[: ids.index(name)])


def _draw_ids(rng: np.random.Generator, photos: Sequence[Photo], count: int) -> list[str]:
    ids = sorted(str(photo["image_id"]) for photo in photos)
    return [str(name) for name in rng.permutation(ids)[:count]] if ids else []


def _sorted(photos: Sequence[Photo], order: Order) -> list[Photo]:
    return sorted(photos, key=lambda photo: (order(photo), str(photo["image_id"])))


def _from_middle(photos: Sequence[Photo]) -> list[Photo]:
    middle = (len(photos) - 1) / 2
    order = sorted(range(len(photos)), key=lambda position: abs(position - middle))
    return [photos[position] for position in order]


def _is_cracked(photo: Photo, task: Task) -> bool:
    return _truth_px(photo) > 0 if _has_masks(task) else photo["label"] == 1


def _has_masks(task: Task) -> bool:
    return task_spec(task).truth == "masks"


def _truth_px(photo: Photo) -> int:
    return int(photo["true_positive"] + photo["false_negative"])


def _dice(photo: Photo) -> float:
    hits = 2 * photo["true_positive"]
    total = hits + photo["false_positive"] + photo["false_negative"]
    return float(hits / total) if total else 1.0
