"""Measure the cracks of one photo: from the network's probabilities to widths in mm."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.figures.overlays import draw_cracks, make_picture
from crack_pipeline.images.sharpness import measure_sharpness
from crack_pipeline.inspection.familiarity import choose_zoom, describe_unlike, resize_photo
from crack_pipeline.inspection.limits import DetectionLimit, describe_photo, find_limit
from crack_pipeline.inspection.settings import PredictionParams
from crack_pipeline.inspection.tables import (
    Row,
    crack_row,
    crack_table,
    name_cracks,
    station_columns,
)
from crack_pipeline.masks.probability_maps import apply_threshold
from crack_pipeline.measure.cracks import Crack, measure_cracks
from crack_pipeline.measure.error_bars import CrackBounds, ErrorBars
from crack_pipeline.measure.scale import Scale, to_mm
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.measurement import MeasurementRecord
from crack_pipeline.types import BinaryMask, ProbabilityLevels, ProbabilityMap, RgbImage

_MM_PER_M = 1000.0


@dataclass(frozen=True, eq=False, repr=False)
class PhotoMeasurement:
    """The cracks of one photo.

    Attributes:
        photo: (H, W, 3) uint8.
        probability: (H, W) of crack.
        mask: (H, W) uint8, 1 is crack.
        measured: The cracks, in px; None where the mask alone was asked for.
        bounds: Width and length of each with their intervals.
        scale: Ground resolution.
        name: Path of the photo below its folder.
        sharpness: Of the photo; None where nothing was measured.
        limit: From which width on cracks are found; None where nothing was measured.
        verdict: What is marked and what may have been missed, in sentences.
        specks: Number of marks too short to be listed.
        unlike: In what the photo is unlike those of the training, in words; empty for in nothing.
        zoom: Factor of the size at which it was predicted.
    """

    photo: RgbImage
    probability: ProbabilityMap | ProbabilityLevels
    mask: BinaryMask
    measured: Sequence[Crack] | None
    bounds: Sequence[CrackBounds]
    scale: Scale
    name: str = "photo"
    sharpness: float | None = None
    limit: DetectionLimit | None = None
    verdict: str = ""
    specks: int = 0
    unlike: str = ""
    zoom: float = 1.0

    def __repr__(self) -> str:
        # All pixels and stations would fill thousands of lines of a notebook.
        return f"<{type(self).__name__} of {self.name!r}: {self.verdict or 'the mask alone'}>"

    @cached_property
    def rows(self) -> list[Row]:
        """A row of ``cracks.csv`` per crack, in the order of ``measured``."""
        cracks = self.measured or ()
        height, width = self.mask.shape
        names = name_cracks([crack.network for crack in cracks], height, width)
        return [
            crack_row(
                crack,
                bounds,
                photo=self.name,
                name=name,
                shape=(height, width),
                mm_per_px=self.scale.mm_per_px,
            )
            for crack, bounds, name in zip(cracks, self.bounds, names, strict=True)
        ]

    @property
    def cracks(self) -> pd.DataFrame:
        """One row per crack, with the columns of ``cracks.csv``."""
        return crack_table(self.rows)

    @property
    def shifts_px(self) -> dict[str, float]:
        """Crack → what the error bars add to its mean width, so that the bias is gone."""
        cracks, shifts = self.measured or (), {}
        for row, bounds, crack in zip(self.rows, self.bounds, cracks, strict=True):
            reported, measured = bounds.mean_width_px.value or 0.0, crack.mean_width_px or 0.0
            shifts[row["crack_id"]] = round(reported - measured, 4)
        return shifts

    def station_columns(self) -> dict[str, NDArray[Any]]:
        """Columns of ``profiles.parquet``, which has a row per station along the cracks."""
        ids = [row["crack_id"] for row in self.rows]
        mm_per_px = self.scale.mm_per_px
        return station_columns(self.measured or (), ids, photo=self.name, mm_per_px=mm_per_px)

    def overlay(self) -> RgbImage:
        """Draw the cracks on the photo.

        Returns:
            (h, w, 3) uint8, of the size of ``make_picture``.
        """
        return self.draw(*make_picture(self.photo))

    def draw(self, picture: RgbImage, zoom: float) -> RgbImage:
        """Draw the cracks on the photo as ``make_picture`` has resized it."""
        marks = [
            (crack, _write_label(row))
            for crack, row in zip(self.measured or (), self.rows, strict=True)
        ]
        marks.sort(key=lambda mark: -mark[0].area_px)
        return draw_cracks(picture, zoom, marks, mm_per_px=self.scale.mm_per_px)

    def summarize(self) -> Row:
        """Columns of ``photos.csv`` that come from measuring; doubtful cracks count as cracks."""
        height, width = self.mask.shape
        row: Row = {
            "width_px": width,
            "height_px": height,
            "mm_per_px": self.scale.mm_per_px,
            "scale_source": self.scale.source,
            "scale_error": None if self.scale.mm_per_px is None else self.scale.relative_error,
            "zoom": self.zoom,
            "unlike_training": self.unlike,
            "crack_area_share": round(np.count_nonzero(self.mask) / self.mask.size, 8),
        }
        return row if self.measured is None else row | self._count() | self._describe_limit()

    def _count(self) -> Row:
        length_px = sum(row["length_px"] for row in self.rows)
        mm_per_px = self.scale.mm_per_px
        length_mm = to_mm(length_px, mm_per_px)
        density = to_mm(length_px / self.mask.size, mm_per_px and _MM_PER_M / mm_per_px)
        return {
            "cracks": len(self.rows),
            "doubtful_cracks": sum(row["doubtful"] for row in self.rows),
            "specks": self.specks,
            "length_px": round(length_px, 2),
            "length_mm": length_mm and round(length_mm, 2),
            "density_m_per_m2": density and round(density, 4),
        }

    def _describe_limit(self) -> Row:
        limit = self.limit or DetectionLimit(None, None, "")
        return {
            "limit_px": limit.width_px,
            "limit_mm": limit.width_mm,
            "limit_note": limit.note,
            "verdict": self.verdict,
            "sharpness": self.sharpness,
        }


def _write_label(row: Row) -> str:
    """Name of the crack in the photo and its 95th percentile of the width."""
    name = row["crack_id"].rpartition("#")[2]
    for unit in ("mm", "px"):
        width = row[f"p95_width_{unit}"]
        if width is not None:
            return f"{name}  {float(f'{width:.2g}'):g} {unit}"
    return str(name)


def measure_photo(
    bundle: ModelBundle,
    photo: RgbImage,
    probability: ProbabilityMap | ProbabilityLevels,
    params: PredictionParams,
    name: str,
) -> PhotoMeasurement:
    """Measure the cracks of a photo.

    Args:
        bundle: The model, with its decision.
        photo: (H, W, 3) uint8 of any size.
        probability: (H, W) as the model predicts it.
        params: Scale, and what is measured.
        name: Path of the photo below its folder.

    Raises:
        ParameterError: If the model has no decision.
        ShapeError: If it is no photo.
    """
    source = "not given" if params.mm_per_px is None else "given by the user"
    scale = Scale(params.mm_per_px, params.scale_error, source)
    zoom = choose_zoom(bundle, photo, params.scale)
    seen = resize_photo(photo, zoom)
    unlike = describe_unlike(bundle, seen, zoom=zoom)
    if not params.measure:
        mask = apply_threshold(probability, bundle.threshold)
        bare = PhotoMeasurement(photo, probability, mask, None, (), scale, name)
        return replace(bare, unlike=unlike, zoom=zoom)
    marks = measure_cracks(probability, bundle.threshold, photo, max_gap_px=params.max_gap_px)
    cracks = [mark for mark in marks if mark.network.length_px >= params.min_length_px]
    specks = len(marks) - len(cracks)
    record = bundle.measurement if zoom == 1 else _enlarge(bundle.measurement, 1 / zoom)
    bars = ErrorBars() if record is None else record.error_bars
    sharpness = measure_sharpness(seen)
    limit = find_limit(record, sharpness=sharpness, scale=scale)
    return PhotoMeasurement(
        photo=photo,
        probability=probability,
        mask=apply_threshold(probability, bundle.threshold),
        measured=cracks,
        bounds=[
            bars.bound(crack, mm_per_px=scale.mm_per_px, scale_error=scale.relative_error)
            for crack in cracks
        ],
        scale=scale,
        name=name,
        sharpness=sharpness,
        limit=limit,
        verdict=describe_photo(
            limit,
            record,
            cracks=len(cracks),
            doubtful_cracks=sum(bool(crack.doubts) for crack in cracks),
            specks=specks,
            scale=scale,
            limit_mm=params.limit_mm,
            unlike=unlike,
        ),
        specks=specks,
        unlike=unlike,
        zoom=zoom,
    )


def _enlarge(record: MeasurementRecord | None, factor: float) -> MeasurementRecord | None:
    """What is known of a model whose maps are enlarged: its errors and limits grow with them."""
    if record is None:
        return None
    limit = record.a90_95_px and record.a90_95_px * factor
    bars = record.error_bars.enlarged(factor)
    return record.model_copy(update={"error_bars": bars, "a90_95_px": limit})
