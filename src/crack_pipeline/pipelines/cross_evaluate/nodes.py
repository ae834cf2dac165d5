"""Nodes of the ``cross_evaluate`` pipeline."""

import logging
from collections.abc import Sequence
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.errors import ParameterError
from crack_pipeline.figures.comparisons import draw_matrix
from crack_pipeline.pipelines.params import EvaluationParams
from crack_pipeline.pipelines.project_paths import in_project
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.tasks.other_data import (
    MeasuredSet,
    describe_photos,
    format_sets,
    list_cautions,
    measure_sets,
)
from crack_pipeline.tasks.other_photos import (
    PhotosOfOthers,
    choose_other_photos,
    read_other_manifest,
)
from crack_pipeline.tasks.outcomes import Subject, require_same_manifest, warn_of_other_views
from crack_pipeline.types import Task, UserPath
from crack_pipeline.wording.scores import Score

logger = logging.getLogger(__name__)


class CrossEvaluationParams(BaseModel):
    """On which data sets a model is measured besides its own.

    Attributes:
        datasets: Their names, a list or joined by ``+``.
        manifests_path: Folder that holds ``<name>/manifest.parquet``, relative to the project.
        photos: Their test photos alone, or all of them.
        most_photos: Most photos of each; None for no limit.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    datasets: str | tuple[str, ...] | None = None
    manifests_path: UserPath
    photos: PhotosOfOthers = "test"
    most_photos: int | None = Field(None, ge=1)

    def names(self, own: str) -> list[str]:
        """The names of the other data sets.

        Args:
            own: The model's own data set, which is measured anyway.

        Returns:
            Names, each once.

        Raises:
            ParameterError: If there is none.
        """
        given = self.datasets.split("+") if isinstance(self.datasets, str) else self.datasets or ()
        names = [name for name in dict.fromkeys(part.strip() for part in given) if name]
        others = [name for name in names if name != own]
        if not others:
            raise ParameterError(
                "`cross_evaluate.datasets` must name a data set besides the model's own.",
                received=f"{self.datasets}; the model's own is {own}",
                remedy="--params=cross_evaluate.datasets=deepcrack+sample: names of folders in "
                f"{self.manifests_path}, written by `kedro run --pipeline=ingest --env=<name>`.",
            )
        return others


_COLUMN_LABEL_WIDTH = 16
_ROW_LABEL_WIDTH = 48


def cross_evaluate_model(
    *,
    model: Any,
    model_info: dict[str, Any],
    manifest: pd.DataFrame,
    decision: dict[str, Any],
    task: Task,
    evaluation: EvaluationParams,
    cross_evaluate: CrossEvaluationParams,
    dataset: str,
) -> dict[str, Any]:
    """Measure one model on the photos of several data sets.

    Args:
        model: The trained network.
        model_info: What training wrote beside it.
        manifest: The manifest that it was trained with.
        decision: Threshold and temperature, from its own validation photos.
        task: What the model was trained for.
        evaluation: How to measure, by task.
        cross_evaluate: Which other data sets.
        dataset: Name of its own.

    Returns:
        The outputs by name: cross_evaluation, cross_evaluation_table, cross_evaluation_matrix.

    Raises:
        ManifestError: If a manifest is missing or holds no such photos.
        ParameterError: If no other data set is named, or the model is of another task.
    """
    bundle = ModelBundle.assemble(model, model_info, decision, task=task)
    info, settings = bundle.info, evaluation.for_task(task)
    require_same_manifest(info, manifest)
    warn_of_other_views(bundle, settings)
    root = in_project(cross_evaluate.manifests_path)
    others = [
        choose_other_photos(
            read_other_manifest(root / name / "manifest.parquet"),
            manifest,
            evaluation.audit,
            name=name,
            task=task,
            photos=cross_evaluate.photos,
            most=cross_evaluate.most_photos,
        )
        for name in cross_evaluate.names(dataset)
    ]
    measured = measure_sets(Subject(bundle, manifest, dataset), others, settings)
    lines = [format_sets(measured), *(f"- {caution}" for caution in list_cautions(measured))]
    logger.info("%s, 95 %% intervals in brackets:\n%s", info.model, "\n".join(lines))
    return {
        "cross_evaluation": {
            "model": info.model,
            "trained_on": dataset,
            "threshold": bundle.threshold,
            "data_sets": [one.to_json() for one in measured],
        },
        "cross_evaluation_table": _tabulate(measured),
        "cross_evaluation_matrix": _draw(measured, f"{info.model}, trained on {dataset}"),
    }


def _tabulate(measured: Sequence[MeasuredSet]) -> pd.DataFrame:
    rows = []
    for one in measured:
        left_out = one.left_out
        row: dict[str, Any] = {
            "data_set": one.name,
            "photos": one.photos,
            "source_photos": one.groups,
            "crack_free_photos": one.crack_free,
            "drawn_from": one.drawn_from,
            "left_out": left_out.describe().removeprefix("left out: ") if left_out else "",
            "not_checked": left_out.describe_unchecked() if left_out else "",
        }
        for score in one.headline:
            row[score.name] = score.value
            row[f"{score.name}_low"], row[f"{score.name}_high"] = score.low, score.high
        rows.append(row)
    return pd.DataFrame(rows)


def _draw(measured: Sequence[MeasuredSet], model: str) -> Figure:
    shown = [[score for score in one.headline if score.metric.is_score] for one in measured]
    return draw_matrix(
        np.array([[score.value for score in scores] for scores in shown], np.float64),
        [[_write(score) for score in scores] for scores in shown],
        rows=[_label(one) for one in measured],
        columns=[fill(score.label, _COLUMN_LABEL_WIDTH) for score in shown[0]],
        title=f"{model}: on its own test photos and on other data sets, 95 % intervals below",
    )


def _label(one: MeasuredSet) -> str:
    lines = [f"{one.name}{' (own)' if one.is_own else ''}, {describe_photos(one)} photos"]
    lines.append(f"{one.crack_free or 'none'} of them without crack")
    if one.left_out is not None:
        said = (one.left_out.describe(), one.left_out.describe_unchecked())
        lines += [fill(words, _ROW_LABEL_WIDTH) for words in said if words]
    return "\n".join(lines)


def _write(score: Score) -> str:
    interval = score.format_interval()
    return score.format_value() + (f"\n{interval}" if interval else "")
