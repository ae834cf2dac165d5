"""Results of an inspection as a whole: tables, report, and the lines that end it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from crack_pipeline.errors import SourceError
from crack_pipeline.inspection.checks import compare_checks
from crack_pipeline.inspection.files import WRITE_RULE, write_tables
from crack_pipeline.inspection.photo_csv import Metadata
from crack_pipeline.inspection.photo_work import digest_model
from crack_pipeline.inspection.settings import DEFAULT_SCALE_ERROR, PredictionSettings
from crack_pipeline.inspection.tables import Row
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.views import MaskViews, list_views
from crack_pipeline.reporting.inspected_photos import (
    InspectedPhoto,
    InspectionFacts,
    has_width,
    is_cut,
    list_inspected,
)
from crack_pipeline.reporting.inspection import list_numbers, make_inspection_report
from crack_pipeline.reporting.subject import read_rows
from crack_pipeline.storage import explain_write_errors, write_bytes_aside
from crack_pipeline.task_specs import task_spec
from crack_pipeline.version import __version__
from crack_pipeline.wording.phrases import count_of, list_words, name_some
from crack_pipeline.wording.verdict import ON_COMPOSITES

REPORT = "report.html"

_DRAWN = (
    "The model was evaluated on photos that a program drew whole: its error bars and its cracks "
    "say nothing about real surfaces."
)


@dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """Results of a folder of photos.

    Attributes:
        photos: Rows of ``photos.csv``.
        cracks: Rows of ``cracks.csv``.
        settings: Scale and folders.
        facts: What holds for all photos.
    """

    photos: pd.DataFrame
    cracks: pd.DataFrame
    settings: PredictionSettings
    facts: InspectionFacts

    @property
    def failed(self) -> pd.DataFrame:
        """Rows of the photos that could not be predicted."""
        return self.photos[self.photos["status"] == "failed"]

    def require_whole(self) -> None:
        """Check that every photo could be predicted.

        Raises:
            SourceError: If some could not; it names them.
        """
        if len(self.failed):
            named = [f"{row.photo} ({row.reason})" for row in self.failed.itertuples()]
            raise SourceError(
                "Each photo must be a whole, readable image to be predicted.",
                received=f"{count_of(len(named), 'photo')} of {len(self.photos)} failed: "
                f"{name_some(named)}",
                remedy="All others are done. Replace or remove these, and run the same command "
                "again: photos that are done are not done anew.",
            )

    @property
    def documents(self) -> list[Path]:
        """The tables that people read, and the report."""
        names = ("photos.csv", "cracks.csv", REPORT)
        return [path for name in names if (path := self.settings.output / name).is_file()]

    @property
    def unit(self) -> str:
        """Unit of widths and lengths."""
        return "px" if self.settings.params.mm_per_px is None else "mm"

    @property
    def is_labelled(self) -> bool:
        """True where a classifier labelled the photos, and no crack was measured."""
        return task_spec(str(self.facts.get("task"))).truth == "labels"

    def count(self) -> dict[str, float]:
        """Photos, cracks and their length and width, doubtful cracks apart; NaN is not known."""
        counts: dict[str, float] = {"photos": len(self.photos), "failed_photos": len(self.failed)}
        if self.is_labelled:
            labels = list(self.photos.get("label", ()))
            return counts | {"cracked_photos": labels.count("crack")}
        if not self.settings.params.measure:
            return counts
        doubtful = self.cracks["doubtful"].astype(bool)
        sure = self.cracks[~doubtful]
        return counts | {
            "cracked_photos": sure["photo"].nunique(),
            "cracks": len(sure),
            "doubtful_cracks": int(doubtful.sum()),
            "cut_cracks": sum(map(is_cut, read_rows(self.cracks))),
            "specks": int(self.photos["specks"].sum()),
            f"length_{self.unit}": float(sure[f"length_{self.unit}"].sum()),
            f"doubtful_length_{self.unit}": float(
                self.cracks.loc[doubtful, f"length_{self.unit}"].sum()
            ),
            f"widest_p95_{self.unit}": float(sure[f"p95_width_{self.unit}"].max()),
        }

    def describe(self) -> dict[str, str]:
        """Model, scale and settings as short texts."""
        told = ("task", "model", "run_id", "digest", "threshold", "views")
        facts = {name: str(self.facts.get(name)) for name in told}
        return facts | {name: str(value) for name, value in self.settings.deciding.items()}

    def summarize(self) -> str:
        """At most a dozen lines for the screen, with the first numbers of the report."""
        return "\n".join(self._list_lines())

    def _list_lines(self) -> Iterator[str]:
        params = self.settings.params
        failed = f", {len(self.failed)} failed: {name_some(list(self.failed['photo']))}"
        n_done = len(self.photos) - len(self.failed)
        yield f"{count_of(n_done, 'photo')} done{failed if len(self.failed) else ''}"
        if not self.is_labelled and not params.measure:
            yield f"Masks: {self.settings.output / 'masks'}"
            return
        told = self.photos.get("unlike_training", ())
        if n_unlike := sum(isinstance(words, str) and bool(words) for words in told):
            yield f"Unlike the training photos: {n_unlike} of {n_done}, as their verdicts say"
        listed = list_inspected(self.cracks, self.photos, self.facts)
        for label, value, below in list_numbers(listed, self.facts):
            yield f"{label}: {value}{f' ({below})' if below else ''}"
        if not self.is_labelled:
            yield from self._list_marks(listed)
        yield f"Report: {self.settings.output / REPORT}"

    def _list_marks(self, listed: Sequence[InspectedPhoto]) -> Iterator[str]:
        if widest := next(
            filter(has_width, (one for photo in listed for one in photo.ranked)), None
        ):
            yield f"The widest crack is {widest['crack_id']}"
        if n_specks := int(self.photos["specks"].sum()):
            shortest = self.settings.params.min_length_px
            yield f"Marks shorter than {shortest:g} px, not listed: {n_specks}"
        if self.unit == "px":
            yield "Scale: not given, so all figures are in px; --mm-per-px gives it"
        elif done := [photo for photo in listed if photo.is_done]:
            yield f"Scale: {done[0].scale[0]}"
        yield from self.facts.get("notes", ())


def _name_views(views: MaskViews) -> str:
    number = len(list_views(views))
    return "the photo as it is" if number == 1 else f"{number} ({views})"


def write_results(
    bundle: ModelBundle,
    settings: PredictionSettings,
    names: Sequence[str],
    metadata: Metadata | None = None,
    checks: Sequence[Row] | None = None,
) -> Inspection:
    """Write the tables and the report of an inspection from the records of its photos.

    Args:
        bundle: The model.
        settings: Scale and folders.
        names: Paths of the photos below their folder.
        metadata: What a CSV says of the photos; None for none.
        checks: Crack-gauge readings; None for none.

    Returns:
        The inspection.

    Raises:
        StorageError: If something cannot be written.
    """
    output = settings.output
    photos, cracks = write_tables(output, names, metadata)
    facts = list_facts(bundle, settings)
    facts["metadata"] = metadata.columns if metadata else ()
    compared = None if checks is None else compare_checks(output, checks)
    inspection = Inspection(photos, cracks, settings, facts)
    with explain_write_errors(WRITE_RULE, output):
        if inspection.is_labelled or settings.params.measure:
            page = make_inspection_report(cracks, photos, facts, compared)
            write_bytes_aside(output / REPORT, page.encode())
        else:
            (output / REPORT).unlink(missing_ok=True)
        if compared is None:  # readings of an earlier run
            (output / "checks.csv").unlink(missing_ok=True)
    return inspection


def list_facts(bundle: ModelBundle, settings: PredictionSettings) -> InspectionFacts:
    """List what holds for all photos of an inspection, for its report."""
    record, params = bundle.measurement, settings.params
    facts = InspectionFacts(
        title=settings.photos.name,
        written=datetime.now().astimezone(),
        software=f"crack_pipeline {__version__}",
        task=bundle.info.task,
        model=bundle.info.model,
        run_id=bundle.info.run_id,
        digest=digest_model(bundle),
        threshold=bundle.threshold,
        views=_name_views(bundle.views),
        scale_error_assumed=params.scale_error == DEFAULT_SCALE_ERROR,
        limit_mm=params.limit_mm,
        settings={
            "Longest bridged gap (px)": params.max_gap_px,
            "Shortest crack that is listed (px)": params.min_length_px,
        },
    )
    if record is None:
        return facts
    marks = record.false_marks
    return facts | InspectionFacts(
        labels=list_words(record.labels) if record.labels else "",
        test_set=record.test_set,
        error_bars=record.basis,
        false_marks=f"on {marks.marked} of {marks.photos} crack-free photos of {marks.dataset}"
        if marks
        else "not known",
        notes=[_DRAWN] if record.drawn_whole else [ON_COMPOSITES] if record.composites else [],
    )
