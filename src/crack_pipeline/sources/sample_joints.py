"""Tile joints of the drawn sample, drawn again from its seed: only its cracks have masks."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.drawing.photo import JOINTS, PhotoPlan, draw_joint_mask, plan_photo
from crack_pipeline.sources.synthetic import DRAWING_VERSION, FINISHED_MARKER, SampleSettings
from crack_pipeline.types import BinaryMask


def find_photos_with_joints(image_paths: Iterable[Path]) -> list[Path]:
    """Find the photos of a drawn sample that show tile joints.

    Args:
        image_paths: Photos of a drawn sample.

    Returns:
        Those with joints, in order.

    Raises:
        LayoutError: If they are not of a finished sample that this version draws.
    """
    return [path for path in image_paths if JOINTS in _plan_of(path)[0].distractors]


def read_joint_mask(image_path: Path) -> BinaryMask:
    """Mark the tile joints of a photo of a drawn sample.

    Args:
        image_path: The photo.

    Returns:
        (H, W), 1 where a joint covers part of the pixel; all 0 where the photo shows none.

    Raises:
        LayoutError: If it is not of a finished sample that this version draws.
    """
    plan, settings = _plan_of(image_path)
    return draw_joint_mask(plan, (settings.height_px, settings.width_px))


def _plan_of(image_path: Path) -> tuple[PhotoPlan, SampleSettings]:
    settings = _read_settings(image_path.parents[1])
    number = image_path.stem.rpartition("_")[2]
    if not number.isdecimal() or int(number) >= settings.n_photos:
        raise _not_drawn(image_path, "its name is none of the sample")
    return plan_photo(settings.seed, int(number), crack_share=settings.crack_share), settings


@cache
def _read_settings(folder: Path) -> SampleSettings:
    marker = folder / FINISHED_MARKER
    try:
        record = json.loads(marker.read_text())
        settings = SampleSettings.model_validate(record["settings"])
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise _not_drawn(marker, type(error).__name__) from error
    if record.get("version") != DRAWING_VERSION:
        raise _not_drawn(marker, f"drawn by version {record.get('version')}")
    return settings


def _not_drawn(path: Path, reason: str) -> LayoutError:
    return LayoutError(
        "Tile joints are known of photos that this version of the sample draws.",
        received=f"{path} ({reason})",
        remedy="Run `kedro run --pipeline=train` in an environment with the source `synthetic`, "
        "so that sample and model belong together.",
    )
