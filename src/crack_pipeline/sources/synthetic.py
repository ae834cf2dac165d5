"""The synthetic sample: photos of concrete and asphalt with exact masks, drawn by seeded code.

Layout of the folder, with ids ``sample_0000``, ``sample_0001``, …::

    images/<id>.jpg   photo
    masks/<id>.png    8-bit, one channel: 255 where the pixel's centre lies in a crack, 0 elsewhere
    truth/<id>.npz    centrelines and widths, see ``read_truth``
    sample.csv        one row a photo: id, surface, has_crack, distractors, seed
    sample.json       finished marker: version and settings; written last

Each photo depends on the seed and its number alone, so neither order nor interruption changes a
byte. ``unfinished.json`` stands in the marker's place while drawing goes on.
"""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import fields
from functools import cache, partial
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crack_pipeline.data_source import ListedImage, Source
from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.drawing.carving import CrackTruth
from crack_pipeline.sources.drawing.folder import (
    begin_drawing,
    draw_each,
    encode_jpeg,
    encode_png,
    finish_drawing,
)
from crack_pipeline.sources.drawing.photo import (
    JOINTS,
    PhotoPlan,
    draw_joint_mask,
    draw_photo,
    pick_jpeg_quality,
    plan_photo,
)
from crack_pipeline.spreadsheets import write_sheet
from crack_pipeline.storage import explain_write_errors, write_bytes_aside
from crack_pipeline.types import BinaryMask

DRAWING_VERSION = 1
"""Counts up with every change of what is drawn, so that earlier samples are drawn anew."""

FINISHED_MARKER = "sample.json"
TABLE = "sample.csv"

_SUFFIXES = {"images": ".jpg", "masks": ".png", "truth": ".npz"}
_COLUMNS = ("id", "surface", "has_crack", "distractors", "seed")


class SampleSettings(BaseModel):
    """Numbers of photos of the drawn sample, by kind.

    Attributes:
        n_photos: Number of photos.
        width_px: Width of each.
        height_px: Height of each.
        crack_share: Share of photos with a crack.
        seed: Any other seed gives other photos.
        jpeg_quality_min: Lowest quality that a photo is stored with.
        jpeg_quality_max: Highest; both are included.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    n_photos: int = Field(240, ge=1, le=100_000)
    width_px: int = Field(512, ge=96, le=4096)
    height_px: int = Field(384, ge=96, le=4096)
    crack_share: float = Field(2 / 3, ge=0, le=1)
    seed: int = Field(0, ge=0, lt=2**63)
    jpeg_quality_min: int = Field(60, ge=1, le=100)
    jpeg_quality_max: int = Field(95, ge=1, le=100)

    @model_validator(mode="after")
    def _order_qualities(self) -> Self:
        if self.jpeg_quality_min > self.jpeg_quality_max:
            raise ValueError("jpeg_quality_min must not exceed jpeg_quality_max")
        return self


def draw_sample(folder: Path, settings: SampleSettings, *, n_jobs: int = -1) -> None:
    """Draw the sample, or what is missing of it.

    A folder with the finished marker of equal settings and version is left as it is, save for
    files that were removed and a table that was changed. One that was interrupted goes on. One
    with other settings is drawn anew; only files named as the sample's own are removed.

    Args:
        folder: Where it lies.
        settings: What it holds.
        n_jobs: Number of processes; -1 for one a core.

    Raises:
        StorageError: If the folder cannot be written.
    """
    record = {"version": DRAWING_VERSION, "settings": settings.model_dump()}
    with explain_write_errors("The sample must be written to its folder.", folder):
        patterns = {kind: f"sample_[0-9]*{suffix}" for kind, suffix in _SUFFIXES.items()}
        begin_drawing(folder, FINISHED_MARKER, record, patterns)
        plans = [
            plan_photo(settings.seed, index, crack_share=settings.crack_share)
            for index in range(settings.n_photos)
        ]
        missing = [
            plan
            for plan in plans
            if not all(_locate(folder, plan, kind).is_file() for kind in _SUFFIXES)
        ]
        draw = partial(_draw_files, folder, settings=settings)
        draw_each(draw, missing, n_jobs=n_jobs, description="Drawing the sample")
        finish_drawing(folder, FINISHED_MARKER, folder / TABLE, _write_table(plans))


def list_sample(folder: Path) -> list[ListedImage]:
    """List the photos of a drawn sample.

    Args:
        folder: Where ``draw_sample`` drew it.

    Returns:
        One entry a photo, in the order of their numbers.

    Raises:
        LayoutError: If the folder holds no finished sample.
    """
    try:
        json.loads((folder / FINISHED_MARKER).read_text())
        with (folder / TABLE).open(newline="") as file:
            rows = list(csv.DictReader(file))
        return [
            ListedImage(
                image_id=row["id"],
                image_path=folder / "images" / f"{row['id']}.jpg",
                mask_path=folder / "masks" / f"{row['id']}.png",
                label=int(row["has_crack"]),
                photo_id=row["id"],
                surface=row["surface"].replace("_", " "),
            )
            for row in rows
        ]
    except (OSError, ValueError, KeyError) as error:
        raise LayoutError(
            f"A drawn sample holds {FINISHED_MARKER} and {TABLE}.",
            received=f"{folder} ({type(error).__name__}: {error})",
            remedy="Run `kedro run --pipeline=ingest` to draw it, or correct `ingestion.path`.",
        ) from error


SOURCE = Source(
    name="synthetic",
    title="Drawn sample of concrete and asphalt",
    list_photos=list_sample,
    layout=f"images/, masks/, truth/, {TABLE} and {FINISHED_MARKER}, all of them drawn",
    licence="Apache-2.0, as this project: every photo is drawn by its code",
)
"""The sample as a source."""


def read_truth(path: Path) -> CrackTruth:
    """Read what was drawn of the cracks of one photo.

    Args:
        path: A file of the sample's ``truth`` folder.

    Returns:
        ``points_px`` (N, 2), ``width_px`` (N,), ``branch_id`` (N,); N is 0 without a crack. The
        file holds ``surface`` and ``distractors`` beside them.

    Raises:
        LayoutError: If the file does not hold them.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return CrackTruth(**{field.name: arrays[field.name] for field in fields(CrackTruth)})
    except (OSError, ValueError, KeyError) as error:
        raise LayoutError(
            "A truth file holds points_px, width_px and branch_id.",
            received=f"{path} ({type(error).__name__}: {error})",
            remedy="Remove it and run `kedro run --pipeline=ingest` to draw it again.",
        ) from error


def _name(plan: PhotoPlan) -> str:
    return f"sample_{plan.index:04d}"


def _locate(folder: Path, plan: PhotoPlan, kind: str) -> Path:
    return folder / kind / (_name(plan) + _SUFFIXES[kind])


def _draw_files(folder: Path, plan: PhotoPlan, settings: SampleSettings) -> None:
    drawn = draw_photo(plan, (settings.height_px, settings.width_px))
    quality = pick_jpeg_quality(plan, settings.jpeg_quality_min, settings.jpeg_quality_max)
    contents = {
        "images": encode_jpeg(drawn.image, quality),
        "masks": encode_png(drawn.mask * np.uint8(255)),
        "truth": _encode_truth(drawn.truth, plan),
    }
    for kind, content in contents.items():
        write_bytes_aside(_locate(folder, plan, kind), content)


def _encode_truth(truth: CrackTruth, plan: PhotoPlan) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        points_px=truth.points_px,
        width_px=truth.width_px,
        branch_id=truth.branch_id,
        surface=np.array(plan.surface),
        distractors=np.array(plan.distractors, dtype=np.str_),
    )
    return buffer.getvalue()


def _write_table(plans: list[PhotoPlan]) -> bytes:
    rows = [
        (_name(plan), plan.surface, int(plan.has_crack), ";".join(plan.distractors), plan.seed)
        for plan in plans
    ]
    return write_sheet(pd.DataFrame(rows, columns=list(_COLUMNS))).encode()


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
