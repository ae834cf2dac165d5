"""Nodes of the ``compare_runs`` pipeline."""

import logging
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from pydantic import BaseModel, ConfigDict, Field, field_validator

from crack_pipeline.comparing.evaluated_run import (
    EvaluatedRun,
    WhichPhotos,
    parse_report,
    read_report_file,
    require_comparable,
    share_photos,
)
from crack_pipeline.comparing.report import (
    format_differences,
    measure_differences,
    report_comparison,
    tabulate_differences,
)
from crack_pipeline.errors import ParameterError
from crack_pipeline.figures.intervals import draw_run_comparison
from crack_pipeline.pipelines.project_paths import in_project
from crack_pipeline.tracking.reports import fetch_report
from crack_pipeline.types import expand_home

logger = logging.getLogger(__name__)


class CompareParams(BaseModel):
    """The two runs that are compared.

    Attributes:
        run_a: Id of an MLflow run, its first characters, its name, or the path of an
            ``evaluation_report.json`` or of a folder that holds one, relative to the project.
        run_b: Another one, which is subtracted.
        photos: ``same`` refuses runs that were measured on different test photos; ``shared``
            compares what they share.
        resamples: Draws of the bootstrap over source photos.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    run_a: str | None = None
    run_b: str | None = None
    photos: WhichPhotos = "same"
    resamples: int = Field(1000, ge=100)

    @field_validator("run_a", "run_b", mode="before")
    @classmethod
    def _is_text(cls, value: Any) -> Any:
        if isinstance(value, int | float):
            raise ValueError(  # noqa: TRY004 - what pydantic turns into a message
                "an id that could be a number is read as one and loses digits: give the whole id, "
                "or the run's name"
            )
        return value

    def references(self) -> tuple[str, str]:
        """Both runs as they were given.

        Raises:
            ParameterError: If one of them is missing.
        """
        if not self.run_a or not self.run_b:
            raise ParameterError(
                "A comparison needs two runs.",
                received=f"no compare.{'run_b' if self.run_a else 'run_a'}",
                remedy="kedro run --pipeline=compare_runs --params=compare.run_a=<run>,"
                "compare.run_b=<run>; a run is its id, its name, or the path of an "
                "evaluation_report.json. `kedro mlflow ui` shows ids and names.",
            )
        return self.run_a, self.run_b


def compare_two_runs(compare: CompareParams) -> dict[str, Any]:
    """Compare two evaluations of the same test photos.

    Args:
        compare: Which ones.

    Returns:
        The outputs by name: run_comparison, run_comparison_table.

    Raises:
        ParameterError: If a run is missing, unknown or ambiguous, of another task than the other,
            or the same.
        TrackingError: If the store does not answer, or a run keeps no evaluation report.
        SourceError: If there is nothing at a path, or a report lacks the counts of each photo.
        ManifestError: If the test photos or their truth differ.
    """
    first, second = (_find_evaluation(reference) for reference in compare.references())
    require_comparable(first, second)
    photos = share_photos(first, second, compare.photos)
    differences = measure_differences(first, second, photos, resamples=compare.resamples)
    report = report_comparison((first, second), photos, differences, resamples=compare.resamples)
    for side, run in (("a", first), ("b", second)):
        logger.info("%s: %s (%s)", side, run.name, run.origin)
    logger.info(
        "%d test photos of %d groups\n%s",
        report["photos"],
        report["groups"],
        format_differences(differences),
    )
    logger.info("%s", "\n- ".join([report["sentence"], *report["notes"]]))
    return {"run_comparison": report, "run_comparison_table": tabulate_differences(differences)}


def show_run_comparison(run_comparison: dict[str, Any]) -> Figure:
    """Draw by how much the first run is better.

    Args:
        run_comparison: From ``compare_two_runs``.

    Returns:
        The figure.
    """
    return draw_run_comparison(run_comparison)


def _find_evaluation(reference: str) -> EvaluatedRun:
    path = in_project(Path(expand_home(reference)))
    if path.exists() or reference.endswith(".json"):
        return parse_report(read_report_file(path), name=reference, origin=str(path.resolve()))
    run, content = fetch_report(reference)
    return parse_report(content, name=run.name, origin=run.run_id)
