"""Files of an inspection: those of each photo, its record, and the tables made from all records.

A record is written last, so a photo that has one is done. Tables are made from records alone: a
run that was stopped goes on, and memory does not grow with the number of photos.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from crack_pipeline.errors import DamagedError
from crack_pipeline.figures.overlays import make_picture
from crack_pipeline.images.exif import Shot
from crack_pipeline.ingestion.listing import mask_file_name
from crack_pipeline.inspection.heat_map import LabelledPhoto
from crack_pipeline.inspection.measuring import PhotoMeasurement
from crack_pipeline.inspection.photo_csv import Metadata
from crack_pipeline.inspection.tables import LABEL_COLUMNS, PHOTO_COLUMNS, Row, crack_table
from crack_pipeline.masks.coco import assemble_coco, describe_shape
from crack_pipeline.masks.run_lengths import encode_rle
from crack_pipeline.spreadsheets import write_sheet
from crack_pipeline.storage import (
    explain_write_errors,
    read_marker,
    write_aside,
    write_bytes_aside,
    write_marker,
)
from crack_pipeline.types import LEVELS, RgbImage

PARTS = "parts"
WRITE_RULE = "What is found in photos is written to the folder of the results."
_MEASURED = ("cracks.csv", "coco.json", "profiles.parquet")
"""Tables that are written where cracks are measured."""
_JPEG_QUALITY = 88
_PNG_LEVEL = 1
_ROWS_AT_ONCE = 1024


def place_of(folder: Path, kind: str, name: str, suffix: str) -> Path:
    """File of a photo among those of a kind.

    Args:
        folder: Of the results.
        kind: "masks", "overlays", ….
        name: Path of the photo below its folder, with its suffix.
        suffix: Of the file.

    Returns:
        A path that differs for different names, and never leaves the folder.

    >>> place_of(Path("out"), "masks", "north/a.jpg", ".png").as_posix()
    'out/masks/north/a.jpg.png'
    """
    return folder / kind / (mask_file_name(name).removesuffix(".png") + suffix)


def write_photo(
    measurement: PhotoMeasurement | LabelledPhoto,
    folder: Path,
    *,
    key: str,
    sha256: str,
    shot: Shot | None = None,
    probabilities: bool = False,
    seconds: float | None = None,
) -> Row:
    """Write the files of a photo and, last, its record.

    Args:
        measurement: Of the photo.
        folder: Of the results.
        key: What the results are made from: digest of photo, model and settings.
        sha256: Of the photo's file.
        shot: When and where it was taken.
        probabilities: Write the probabilities, too.
        seconds: Time that the photo took.

    Returns:
        Its row of ``photos.csv``.

    Raises:
        StorageError: If something cannot be written.
    """
    name, shot = measurement.name, shot or Shot()
    marked = measurement if isinstance(measurement, PhotoMeasurement) else None
    is_bare = marked is not None and marked.measured is None
    files: dict[str, Path] = {}
    with explain_write_errors(WRITE_RULE, folder):
        if marked is not None:
            files["mask"] = _write_mask(marked, folder)
        if probabilities:
            files["probabilities"] = _write_probabilities(measurement, folder)
        if not is_bare:
            files |= _write_pictures(measurement, folder)
        written = {kind: path.relative_to(folder).as_posix() for kind, path in files.items()}
        row = {
            "photo": name,
            "status": "done",
            **measurement.summarize(),
            **asdict(shot),
            "sha256": sha256,
            "mask": written.get("mask"),
            "overlay": written.get("overlay"),
            "seconds": seconds and round(seconds, 3),
        }
        found: Row = {"written": list(written.values())}
        stations = []
        if marked is not None and not is_bare:
            stations = [_write_stations(marked, folder)]
            found |= {"cracks": marked.rows, "shapes": _list_shapes(marked)}
            found["shifts_px"] = marked.shifts_px
        write_marker(_record_of(folder, name), key, stations, photo=row, **found)
    return row


def write_failure(folder: Path, name: str, reason: str) -> None:
    """Write the record of a photo that could not be predicted.

    Args:
        folder: Of the results.
        name: Path of the photo below its folder.
        reason: Why.

    Raises:
        StorageError: If it cannot be written.
    """
    row = {"photo": name, "status": "failed", "reason": reason}
    with explain_write_errors(WRITE_RULE, folder):
        write_marker(_record_of(folder, name), "", [], photo=row)


def is_done(folder: Path, name: str, key: str) -> bool:
    """True where a photo was predicted from this key, and its files are there.

    Args:
        folder: Of the results.
        name: Path of the photo below its folder.
        key: As for ``write_photo``.
    """
    try:
        record = read_marker(_record_of(folder, name), key)
    except (OSError, DamagedError):
        return False
    return all((folder / file).is_file() for file in record["written"])


def read_record(folder: Path, name: str) -> Row:
    """Read the record of a photo.

    Args:
        folder: Of the results.
        name: Path of the photo below its folder.

    Returns:
        ``key``, ``photo`` (its row), ``written`` (its files) and, where it was measured,
        ``cracks`` (rows), ``shapes`` (of COCO) and ``shifts_px`` (crack → bias that was taken off
        its mean width, the sign reversed).

    Raises:
        OSError: If there is none, or the file of its stations is missing.
        DamagedError: If one of them is not what was written.
    """
    return read_marker(_record_of(folder, name))


def _record_of(folder: Path, name: str) -> Path:
    return place_of(folder, PARTS, name, ".json")


def write_tables(
    folder: Path, names: Sequence[str], metadata: Metadata | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write the tables of all photos from their records.

    Args:
        folder: Of the results.
        names: Paths of the photos below their folder, in the order of the tables.
        metadata: Columns of the user for both tables.

    Returns:
        The rows of ``photos.csv`` and of ``cracks.csv``; the latter has none, and is not there,
        where nothing was measured.

    Raises:
        OSError: If a photo has no record.
        DamagedError: If a record is not what was written.
        StorageError: If a table cannot be written.
    """
    records = [read_record(folder, name) for name in names]
    given = metadata or Metadata((), {}, ())

    def join(table: pd.DataFrame) -> pd.DataFrame:
        texts = [given.rows.get(name, {}) for name in table["photo"]]
        more = {column: [row.get(column, "") for row in texts] for column in given.columns}
        return table.assign(**more)

    rows = [record["photo"] for record in records]
    labels = [column for column in LABEL_COLUMNS if any(column in row for row in rows)]
    photos = join(pd.DataFrame(rows, columns=[*PHOTO_COLUMNS, *labels]))
    measured = [record for record in records if "cracks" in record]
    cracks = join(crack_table([row for record in measured for row in record["cracks"]]))
    with explain_write_errors(WRITE_RULE, folder):
        write_table(folder / "photos.csv", photos)
        for_cracks, coco, profiles = (folder / name for name in _MEASURED)
        if measured:
            write_table(for_cracks, cracks)
            document = assemble_coco(_annotated(measured))
            write_bytes_aside(coco, json.dumps(document, separators=(",", ":")).encode())
            write_aside(profiles, partial(_write_profiles, folder, measured))
        else:
            for path in (for_cracks, coco, profiles):  # of an earlier run with other settings
                path.unlink(missing_ok=True)
    return photos, cracks


def _annotated(records: Sequence[Row]) -> Iterator[tuple[str, int, int, list[dict[str, Any]]]]:
    for record in records:
        photo = record["photo"]
        yield photo["photo"], photo["height_px"], photo["width_px"], record["shapes"]


def _write_profiles(folder: Path, measured: Sequence[Row], path: Path) -> None:
    tables = (read_stations(folder, record) for record in measured)
    first = next(tables)
    with pq.ParquetWriter(path, first.schema) as writer:
        for table in chain([first], tables):
            writer.write_table(table)


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as a CSV for spreadsheets."""
    # The mark at its beginning tells spreadsheets that it is UTF-8.
    write_bytes_aside(path, write_sheet(table).encode("utf-8-sig", "backslashreplace"))


def _write_stations(measurement: PhotoMeasurement, folder: Path) -> Path:
    columns = measurement.station_columns()
    texts = {name: pa.array(columns[name], pa.string()) for name in ("photo", "crack_id")}
    path = place_of(folder, PARTS, measurement.name, ".parquet")
    write_aside(path, partial(pq.write_table, pa.table(columns | texts)))
    return path


def read_stations(folder: Path, record: Row) -> pa.Table:
    """Read the stations of a photo that was measured: the columns of ``station_columns``."""
    with pq.ParquetFile(place_of(folder, PARTS, record["photo"]["photo"], ".parquet")) as file:
        return file.read()


def _list_shapes(measurement: PhotoMeasurement) -> list[dict[str, Any]]:
    shapes = []
    for crack, row in zip(measurement.measured or (), measurement.rows, strict=True):
        part, top, left = crack.network.mask, crack.network.top, crack.network.left
        rle = encode_rle(part, top=top, left=left, size=measurement.mask.shape)
        shape = describe_shape(rle, float(part.sum()), [left, top, *part.shape[::-1]])
        shapes.append({**shape, "crack_id": row["crack_id"], "doubtful": row["doubtful"]})
    return shapes


def _write_mask(measurement: PhotoMeasurement, folder: Path) -> Path:
    mask = place_of(folder, "masks", measurement.name, ".png")
    # One bit a pixel, which takes a sixth of the time; every program reads 1 as 255.
    options = [cv2.IMWRITE_PNG_BILEVEL, 1, cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL]
    _write_image(mask, measurement.mask, options)
    return mask


def _write_probabilities(measurement: PhotoMeasurement | LabelledPhoto, folder: Path) -> Path:
    path = place_of(folder, "probabilities", measurement.name, ".png")
    options = [cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL]
    _write_image(path, _as_16_bit(measurement.probability), options)
    return path


def _write_pictures(measurement: PhotoMeasurement | LabelledPhoto, folder: Path) -> dict[str, Path]:
    """Write the plain photo and the overlay in one size."""
    picture, zoom = make_picture(measurement.photo)
    plain, overlay = (
        place_of(folder, kind, measurement.name, ".jpg") for kind in ("photos", "overlays")
    )
    _write_picture(plain, picture)
    _write_picture(overlay, measurement.draw(picture, zoom))
    return {"plain": plain, "overlay": overlay}


def _write_picture(path: Path, picture: RgbImage) -> None:
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _write_image(path, np.asarray(bgr), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])


def _write_image(path: Path, image: NDArray[Any], options: Sequence[int]) -> None:
    content = cv2.imencode(path.suffix, image, options)[1]
    write_bytes_aside(path, content.tobytes())


def _as_16_bit(probability: NDArray[Any]) -> NDArray[np.uint16]:
    """Probabilities times 65 535, made a band at a time."""
    if probability.dtype == np.uint16:
        return probability
    samples = np.empty(probability.shape, np.uint16)
    for first in range(0, len(samples), _ROWS_AT_ONCE):
        band = slice(first, first + _ROWS_AT_ONCE)
        samples[band] = np.rint(probability[band] * np.float32(LEVELS))
    return samples
