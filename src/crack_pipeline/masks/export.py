"""Write a manifest's photos and masks as a data set for other tools: YOLO or COCO.

The data sets that come out have the layouts that the sources ``crackseg`` and ``coco`` read, and
give the same masks when they are read. Photos are copied as they are; one that its EXIF tag turns
keeps the tag, and the outlines are those of the upright photo.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from crack_pipeline.errors import ManifestError, StorageError
from crack_pipeline.manifest import usable_rows
from crack_pipeline.masks.coco import coco_document
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.masks.yolo import write_yolo_label
from crack_pipeline.progress import track
from crack_pipeline.storage import explain_write_errors, write_bytes_aside
from crack_pipeline.types import BinaryMask

_YOLO_FOLDERS = {"train": "train", "validation": "valid", "test": "test"}
_RULE = "Data sets for other tools are written to a folder of their own."


def export_yolo(manifest: pd.DataFrame, folder: Path, *, tolerance_px: float = 0.0) -> None:
    """Write ``<split>/images``, ``<split>/labels`` and ``data.yaml``.

    Args:
        manifest: Photos that were not set aside are written; each needs a mask, or the label 0.
        folder: A new or empty folder.
        tolerance_px: How far outlines may stray from the masks to need fewer corners; 0 is exact.

    Raises:
        ManifestError: If a photo has neither, or two would get one name.
        MaskError: If a mask cannot be read.
        StorageError: If the folder holds files, or cannot be written.
    """
    photos = _start(manifest, folder)
    with explain_write_errors(_RULE, folder):
        for photo in _track(photos):
            place = folder / _YOLO_FOLDERS[photo.split]
            _copy(photo, place / "images")
            label = place / "labels" / f"{photo.name}.txt"
            write_yolo_label(label, _read(photo), tolerance_px=tolerance_px)
        keys = {"train": "train", "validation": "val", "test": "test"}
        lines = [
            f"{keys[split]}: {_YOLO_FOLDERS[split]}/images"
            for split in keys
            if (photos["split"] == split).any()
        ]
        described = "\n".join([*lines, "nc: 1", "names: [crack]", ""])
        write_bytes_aside(folder / "data.yaml", described.encode())


def export_coco(
    manifest: pd.DataFrame,
    folder: Path,
    *,
    outlines: Literal["polygons", "rle"] = "polygons",
    tolerance_px: float = 0.0,
) -> None:
    """Write ``images`` and ``annotations/instances_<split>.json``.

    Args:
        manifest: Photos that were not set aside are written; each needs a mask, or the label 0.
        folder: A new or empty folder.
        outlines: ``polygons``, with bridged holes, or ``rle``.
        tolerance_px: How far polygons may stray from the masks to need fewer corners; 0 is exact.

    Raises:
        ManifestError: If a photo has neither, or two would get one name.
        MaskError: If a mask cannot be read.
        StorageError: If the folder holds files, or cannot be written.
    """
    photos = _start(manifest, folder)
    with explain_write_errors(_RULE, folder):
        for split, of_split in photos.groupby("split", sort=False):
            document = coco_document(
                ((_copy(photo, folder / "images"), _read(photo)) for photo in _track(of_split)),
                outlines=outlines,
                tolerance_px=tolerance_px,
            )
            path = folder / "annotations" / f"instances_{split}.json"
            write_bytes_aside(path, json.dumps(document, separators=(",", ":")).encode())


def _start(manifest: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """The photos to write, each with the name that its files get."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StorageError(
            _RULE,
            received=f"{folder}, which is not an empty folder",
            remedy="Name a new folder, or empty this one.",
        )
    rows = usable_rows(manifest)
    without = rows[rows["mask_path"].isna() & (rows["label"] != 0)]
    if len(without):
        raise ManifestError(
            "Photos that show cracks need masks to be written with outlines.",
            received=f"{len(without)} photos without, such as {without['image_id'].iloc[0]}",
            remedy="Use a data set with masks.",
        )
    photos = rows.assign(name=rows["image_id"].str.replace("/", "_"))
    if photos["name"].str.casefold().duplicated().any():
        raise ManifestError(
            "Ids must stay different when a slash in them becomes an underscore.",
            received=f"{len(photos)} photos, two of which would get one name",
            remedy="Rename one of the photos.",
        )
    return photos


def _track(photos: pd.DataFrame) -> Iterator[Any]:
    rows = photos.itertuples(index=False)
    yield from track(rows, total=len(photos), description="Writing masks", unit="photos")


def _copy(photo: Any, folder: Path) -> str:
    """Copy a photo; its new name."""
    name = f"{photo.name}{Path(photo.image_path).suffix}"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(photo.image_path, folder / name)
    return name


def _read(photo: Any) -> BinaryMask:
    """The mask; an empty one where the photo is known to have no crack."""
    if pd.isna(photo.mask_path):
        return np.zeros((photo.height_px, photo.width_px), np.uint8)
    return read_mask(Path(photo.mask_path))
