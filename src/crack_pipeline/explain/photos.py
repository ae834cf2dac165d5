"""Test photos to explain, and the part of each that the network is shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
import pandas as pd

from crack_pipeline.errors import ManifestError
from crack_pipeline.explain.settings import ExplanationSettings
from crack_pipeline.images.reading import read_image
from crack_pipeline.images.resizing import equalize, pad_to_at_least
from crack_pipeline.manifest import usable_rows
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.prediction.photo import TilingSettings, prepare_input
from crack_pipeline.sources.synthetic import find_photos_with_joints, read_joint_mask
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import BinaryMask, RgbImage, Task

Masks: TypeAlias = dict[str, BinaryMask]
"""Of a photo, by name: ``TRUTH`` and ``JOINTS``, those that are known."""

_SAMPLE = "synthetic"
TRUTH, JOINTS = "truth", "tile joints"
KINDS = ("best", "median", "worst", "false alarms", "misses", JOINTS)
"""Kinds of photos on the sheet, in its order."""
_EXTREMES = ("best", "worst", "false alarms", "misses")
_FALLING = [False, True]


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
    photos: Sequence[Mapping[str, Any]],
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
    test_ids = set(require_test_rows(manifest)["image_id"])
    known = [photo for photo in photos if str(photo["image_id"]) in test_ids]
    if not known:
        raise ManifestError(
            "The evaluation report must be of the manifest's test photos.",
            received=f"{len(photos)} photos in the report, none of them a test photo",
            remedy="Run `kedro run --pipeline=evaluate` first.",
        )
    table = pd.DataFrame(known)
    if task_spec(task).truth == "masks":
        table["cracked"] = table["true_positive"] + table["false_negative"] > 0
        ranked = _rank_masks(table)
    else:
        table["cracked"] = table["label"] == 1
        ranked = _rank_labels(table, threshold)
    joints = table.loc[table["image_id"].isin(list(with_joints)), "image_id"].tolist()
    kinds = _take_each_once({**ranked, JOINTS: joints}, settings.sheet_photos)
    rng = np.random.default_rng(settings.seed)
    cracked = table.loc[table["cracked"], "image_id"].tolist()
    scored = _draw_ids(rng, cracked, settings.scores.photos)
    others = [*scored, *_draw_ids(rng, joints, settings.scores.joint_photos)]
    chosen = [
        ChosenPhoto(name, kind, name in scored, _comes_after(name, ranked.get(kind, ()), kinds))
        for name, kind in kinds.items()
    ]
    beside = [name for name in dict.fromkeys(others) if name not in kinds]
    return [*chosen, *(ChosenPhoto(name, None, name in scored) for name in beside)]


def choose_shown_photo(manifest: pd.DataFrame, info: ModelInfo) -> tuple[str, RgbImage]:
    """Take the first test photo with crack, as the network is shown it.

    Args:
        manifest: A validated manifest.
        info: What the network takes.

    Returns:
        Its id, and (T, T, 3) uint8: for segmentation the tile with most crack.

    Raises:
        ManifestError: If the test split is empty.
    """
    rows = require_test_rows(manifest)
    cracked = rows[rows["label"].eq(1).fillna(False)]
    row = (rows if cracked.empty else cracked).iloc[0]
    image, masks = read_photo(row)
    if task_spec(info.task).truth == "masks":
        wanted = masks.get(TRUTH, np.zeros(image.shape[:2], np.uint8))
        photo, _ = cut_tile(image, {}, info, wanted=wanted)
    else:
        photo, _ = resize_whole(image, {}, info)
    return str(row["image_id"]), photo


def require_test_rows(manifest: pd.DataFrame) -> pd.DataFrame:
    """Usable rows of the test split; a ManifestError where there are none."""
    rows = usable_rows(manifest, "test")
    if rows.empty:
        raise ManifestError(
            "Explanations are made of test photos.",
            received="no usable photo in the test split",
            remedy="Add photos, or change `splitting` in the ingestion parameters.",
        )
    return rows


def list_joint_photos(rows: pd.DataFrame) -> list[str]:
    """Ids of the photos of the drawn sample that show tile joints.

    Args:
        rows: Rows of the manifest.

    Returns:
        Their ids; none of any other source.

    Raises:
        LayoutError: If the sample was drawn by another version.
    """
    drawn = rows[rows["source"] == _SAMPLE]
    ids = dict(zip(map(Path, drawn["image_path"]), drawn["image_id"], strict=True))
    return [str(ids[path]) for path in find_photos_with_joints(ids)]


def read_photo(row: Any) -> tuple[RgbImage, Masks]:
    """Read the photo of a row of the manifest and the masks that are known of it."""
    masks: Masks = {}
    if isinstance(row["mask_path"], str):
        masks[TRUTH] = read_mask(Path(row["mask_path"]), sha256=row.get("mask_sha256"))
    if row["source"] == _SAMPLE:
        masks[JOINTS] = read_joint_mask(Path(row["image_path"]))
    return read_image(row["image_path"], sha256=row.get("sha256")), masks


def cut_tile(
    image: RgbImage,
    masks: Masks,
    info: ModelInfo,
    *,
    wanted: BinaryMask,
) -> tuple[RgbImage, Masks]:
    """Cut the tile that holds most of what is wanted.

    Args:
        image: (H, W, 3) uint8.
        masks: Name → (H, W) of {0, 1}.
        info: The tile's side and the equalisation.
        wanted: (H, W) of {0, 1}, 1 where truth or prediction is crack.

    Returns:
        The tile and its masks; the middle of the photo where nothing is wanted. A photo smaller
        than a tile is extended by reflection, as for prediction.
    """
    side = info.tile_px
    y, x = place_tile(pad_to_at_least(wanted, side), side)
    place = (slice(y, y + side), slice(x, x + side))
    photo = pad_to_at_least(np.ascontiguousarray(equalize(image, info.equalization)), side)[place]
    cut = {name: pad_to_at_least(mask, side)[place].copy() for name, mask in masks.items()}
    return photo.copy(), cut


def resize_whole(image: RgbImage, masks: Masks, info: ModelInfo) -> tuple[RgbImage, Masks]:
    """Resize a photo as for classification.

    Args:
        image: (H, W, 3) uint8.
        masks: Name → (H, W) of {0, 1}.
        info: The input's side and the equalisation.

    Returns:
        The input and its masks; masks are resized by the nearest pixel.
    """
    size = (info.tile_px, info.tile_px)
    resized = {
        name: np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)
        for name, mask in masks.items()
    }
    return prepare_input(image, TilingSettings.from_model_info(info)), resized


def place_tile(wanted: BinaryMask, side_px: int) -> tuple[int, int]:
    """Find the tile that holds most of a mask.

    Args:
        wanted: (H, W) of {0, 1}; both sides at least ``side_px``.
        side_px: Side of the tile.

    Returns:
        Row and column of its upper left corner; of equally full tiles the one nearest to the
        middle of the photo.
    """
    sums = cv2.integral(wanted, sdepth=cv2.CV_64F)
    held = sums[side_px:, side_px:] - sums[:-side_px, side_px:]
    held -= sums[side_px:, :-side_px] - sums[:-side_px, :-side_px]
    rows, columns = np.nonzero(held == held.max())
    middle_y, middle_x = ((length - 1) / 2 for length in held.shape)
    nearest = int(np.argmin((rows - middle_y) ** 2 + (columns - middle_x) ** 2))
    return int(rows[nearest]), int(columns[nearest])


def _rank_masks(photos: pd.DataFrame) -> dict[str, list[str]]:
    hits = 2 * photos["true_positive"]
    dice = hits / (hits + photos["false_positive"] + photos["false_negative"])
    cracked = photos.assign(dice=dice)[photos["cracked"]]
    cracked = cracked.sort_values(["dice", "image_id"], ascending=_FALLING)
    missed = cracked[cracked["false_negative"] > 0]
    # Crack-free photos first: whatever is found there is a false alarm as a whole.
    alarmed = photos[photos["false_positive"] > 0].sort_values(
        ["cracked", "false_positive"], ascending=[True, False]
    )
    ids = cracked["image_id"].tolist()
    return {
        "best": ids,
        "worst": ids[::-1],
        "false alarms": alarmed["image_id"].tolist(),
        "misses": missed.sort_values(["false_negative", "image_id"], ascending=_FALLING)[
            "image_id"
        ].tolist(),
        "median": _from_middle(ids),
    }


def _rank_labels(photos: pd.DataFrame, threshold: float) -> dict[str, list[str]]:
    belief = photos["probability"].where(photos["cracked"], 1 - photos["probability"])
    ranked = photos.assign(belief=belief).sort_values(["belief", "image_id"], ascending=_FALLING)
    is_marked = ranked["probability"] >= threshold
    ids = ranked["image_id"]
    cracked = ids[ranked["cracked"]].tolist()
    return {
        "best": cracked,
        "false alarms": ids[(ranked["label"] == 0) & is_marked].tolist()[::-1],
        "misses": ids[ranked["cracked"] & ~is_marked].tolist()[::-1],
        "worst": ids.tolist()[::-1],
        "median": _from_middle(cracked),
    }


def _take_each_once(ranked: Mapping[str, Sequence[str]], n_photos: int) -> dict[str, str]:
    kinds: dict[str, str] = {}
    for kind, ids in ranked.items():
        free = [name for name in ids if name not in kinds]
        kinds |= dict.fromkeys(free[:n_photos], kind)
    return {name: kind for one in KINDS for name, kind in kinds.items() if kind == one}


def _comes_after(name: str, ranked: Sequence[str], kinds: Mapping[str, str]) -> bool:
    """Tell if a photo of another kind comes before this one in the order of its own kind."""
    if kinds[name] not in _EXTREMES:
        return False
    return any(kinds[other] != kinds[name] for other in ranked[: ranked.index(name)])


def _draw_ids(rng: np.random.Generator, ids: Sequence[str], count: int) -> list[str]:
    return [str(name) for name in rng.permutation(sorted(ids))[:count]] if ids else []


def _from_middle(ids: Sequence[str]) -> list[str]:
    middle = (len(ids) - 1) / 2
    return [ids[place] for place in sorted(range(len(ids)), key=lambda one: abs(one - middle))]
