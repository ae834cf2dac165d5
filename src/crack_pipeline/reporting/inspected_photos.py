"""The photos of an inspection with their cracks, in the order and the words of its report."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypedDict
from urllib.parse import quote

import pandas as pd

from crack_pipeline.reporting.subject import read_rows
from crack_pipeline.wording.numbers import PERCENT, format_number
from crack_pipeline.wording.phrases import as_sentence

Record: TypeAlias = Mapping[str, Any]
"""A row of a table; None for what is missing."""

RANKED_BY = "p95_width"
"""Width that cracks are ranked by."""


class InspectionFacts(TypedDict, total=False):
    """Facts that hold for all photos of an inspection; unknown ones are left out.

    Attributes:
        title: Name of the inspection, such as the folder of photos.
        written: When the report is made.
        software: Name and version of this program.
        task: ``segmentation``, unless it is ``classification``.
        model: Name of the network.
        run_id: MLflow run that trained it.
        digest: SHA-256 of the model.
        threshold: Probability from which on a pixel, or a photo, counts as crack.
        views: Test-time views that are averaged, in words.
        labels: Data set whose labels the model learnt.
        test_set: Data set whose test photos it was measured on.
        error_bars: What the error bars come from, or why there are none, in words.
        false_marks: How often crack-free photos are marked, in words.
        scale_error_assumed: Whether the relative error of the scale is the default.
        limit_mm: Width of crack that must be seen; None where nobody gave one.
        notes: Sentences to read first, such as that the model learnt from drawn photos.
        metadata: Columns of both tables that a CSV of the user added.
        settings: Other settings, name → value.
    """

    title: str
    written: datetime
    software: str
    task: str
    model: str
    run_id: str | None
    digest: str
    threshold: float
    views: str
    labels: str
    test_set: str
    error_bars: str
    false_marks: str
    scale_error_assumed: bool
    limit_mm: float | None
    notes: Sequence[str]
    metadata: Sequence[str]
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class InspectedPhoto:
    """A row of ``photos.csv`` with its cracks.

    Attributes:
        record: The row.
        cracks: Its cracks, the widest first.
        facts: Of the inspection.
    """

    record: Record
    cracks: Sequence[Record]
    facts: InspectionFacts

    @property
    def name(self) -> str:
        """Path below the folder of photos."""
        return str(self.record["photo"])

    @property
    def is_done(self) -> bool:
        """False of a photo that could not be predicted."""
        return self.record.get("status") != "failed"

    @property
    def sure(self) -> list[Record]:
        """Cracks without doubt."""
        return [crack for crack in self.cracks if not crack.get("doubtful")]

    @property
    def ranked(self) -> list[Record]:
        """Cracks that are ranked: without doubt, or cut by the border and nothing else."""
        return [one for one in self.cracks if is_cut(one) or not one.get("doubtful")]

    @property
    def cut(self) -> list[Record]:
        """Cracks that the border cuts, and nothing else speaks against."""
        return [one for one in self.cracks if is_cut(one)]

    @property
    def doubtful(self) -> list[Record]:
        """The others, which may be no crack or of another width."""
        return [one for one in self.cracks if one.get("doubtful") and not is_cut(one)]

    @property
    def overlay(self) -> str:
        """Address of the picture with its marks; empty where there is none."""
        return link_to(str(self.record.get("overlay") or ""))

    @property
    def plain(self) -> str:
        """Address of the same picture without marks."""
        return self.overlay.replace("overlays/", "photos/", 1)

    @property
    def probability(self) -> float | None:
        """That it shows a crack, by a classification."""
        return self.record.get("probability")

    @property
    def metadata(self) -> str:
        """Element, face, station and what else the user knows about it."""
        known = ((name, self.record.get(name)) for name in self.facts.get("metadata", ()))
        return ", ".join(f"{name} {value}" for name, value in known if value not in (None, ""))

    @property
    def statement(self) -> str:
        """Sentences on the marks of the photo and on what could not be seen."""
        verdict, note = (str(self.record.get(name) or "") for name in ("verdict", "limit_note"))
        is_told = note.rstrip(".").casefold() in verdict.casefold()
        return " ".join(map(as_sentence, filter(None, (verdict, "" if is_told else note))))

    @property
    def limit(self) -> tuple[str, str]:
        """Width from which on cracks are found, and why it is not known."""
        unit = "px" if self.record.get("limit_mm") is None else "mm"
        limit = self.record.get(f"limit_{unit}")
        known = "not known" if limit is None else format_number(limit, unit)
        return known, str(self.record.get("limit_note") or "")

    @property
    def scale(self) -> tuple[str, str]:
        """Size of a pixel with its error, and where it comes from."""
        mm_per_px, error = self.record.get("mm_per_px"), self.record.get("scale_error")
        if mm_per_px is None:
            return "not known: px", ""
        known = "" if error is None else f" ± {format_number(error, PERCENT)}"
        assumed = " (assumed)" if known and self.facts.get("scale_error_assumed") else ""
        source = str(self.record.get("scale_source") or "")
        return f"{format_number(mm_per_px)} mm per px{known}{assumed}", source


def list_inspected(
    cracks: pd.DataFrame, photos: pd.DataFrame, facts: InspectionFacts
) -> list[InspectedPhoto]:
    """List photos with their cracks, the photo of the worst crack first.

    The worst crack has the highest upper bound of its 95th-percentile width; the width itself
    counts where it has no bound. Cracks in mm stand before those in px. Doubtful cracks count where
    a photo has no other, but for those that are only cut by the border: the widest ones mostly are.
    Photos of a classification stand by their probability.

    Args:
        cracks: Rows of ``cracks.csv``.
        photos: Rows of ``photos.csv``.
        facts: Of the inspection.
    """
    of: dict[str, list[Record]] = {}
    for crack in sorted(read_rows(cracks), key=rank_crack, reverse=True):
        of.setdefault(crack["photo"], []).append(crack)
    listed = (InspectedPhoto(row, of.get(row["photo"], []), facts) for row in read_rows(photos))
    return sorted(listed, key=_rank_photo, reverse=True)


def rank_crack(crack: Record) -> tuple[bool, float]:
    """Rank a crack: in mm or not, then the upper bound of its 95th-percentile width."""
    unit = unit_of(crack)
    bounds = (crack.get(f"{RANKED_BY}{part}_{unit}") for part in ("_high", ""))
    return unit == "mm", next((width for width in bounds if width is not None), -1.0)


def has_width(crack: Record) -> bool:
    """False of marks that are too short: within one width of both their ends none is measured."""
    return crack.get(f"{RANKED_BY}_px") is not None


def unit_of(crack: Record) -> str:
    """Unit of a crack's sizes: px where its photo has no scale."""
    return "px" if crack.get("length_mm") is None else "mm"


def link_to(path: str) -> str:
    """Quote a path below the page's folder, so that a browser finds the file.

    >>> link_to("overlays/50%/a #1?.jpg")
    'overlays/50%25/a%20%231%3F.jpg'
    """
    return quote(os.fsencode(path))


def _rank_photo(photo: InspectedPhoto) -> tuple[float, bool, tuple[bool, float]]:
    ranked = photo.ranked or photo.cracks
    probability = -1.0 if photo.probability is None else photo.probability
    return probability, bool(photo.ranked), rank_crack(ranked[0]) if ranked else (False, -2.0)


def is_cut(crack: Record) -> bool:
    """True where the photo's border is the only reason to doubt."""
    is_only = ";" not in str(crack.get("doubt") or ";")
    return bool(crack.get("touches_border")) and is_only
