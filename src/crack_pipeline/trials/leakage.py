"""How much a random split flatters: both splits, models without training, the comparison."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.baselines.detectors import detect_dark_lines, list_choices, measure_darkness
from crack_pipeline.baselines.percentiles import (
    classify_by_levels,
    measure_border_percentiles,
    measure_percentiles,
)
from crack_pipeline.errors import ManifestError
from crack_pipeline.ingestion.grouping import LEAKS
from crack_pipeline.manifest import OK, validate_manifest
from crack_pipeline.metrics.bootstrap import bootstrap_difference, bootstrap_f1
from crack_pipeline.metrics.curves import choose_variant, sweep_grid
from crack_pipeline.metrics.histograms import ProbabilityHistograms, grid_index, measure_histograms
from crack_pipeline.splits.splits import count_groups, place_groups
from crack_pipeline.task_specs import task_spec
from crack_pipeline.tasks.label_report import read_photos
from crack_pipeline.tasks.mask_scores import read_pairs
from crack_pipeline.tasks.settings import ClassificationEvaluation, SegmentationEvaluation
from crack_pipeline.trials.measuring import count_each, describe_photos
from crack_pipeline.types import SPLITS, ProbabilityMap, RgbImage, Task
from crack_pipeline.wording.numbers import ABSENT, format_with_interval
from crack_pipeline.wording.phrases import align_columns

SplitKind: TypeAlias = Literal["random", "group_safe"]
SPLIT_KINDS: tuple[SplitKind, ...] = ("random", "group_safe")


def pool_photos(manifest: pd.DataFrame, task: Task) -> pd.DataFrame:
    """All photos that a task can use, whatever part they are in.

    Train photos that were set aside because they share a photo with a test photo are taken in
    again: here nothing is kept of the official parts.

    Args:
        manifest: A validated manifest.
        task: Says whether a photo needs a mask or a label.

    Returns:
        Their rows, sorted by ``image_id``, index from 0, none of them set aside.

    Raises:
        ManifestError: If there is none.
    """
    leaked = manifest["reason"].str.startswith(LEAKS)
    known = manifest[task_spec(task).target_column].notna()
    rows = manifest[((manifest["status"] == OK) | leaked) & known & manifest["group_id"].notna()]
    if rows.empty:
        raise ManifestError(
            "A comparison of splits needs photos with the task's targets.",
            received=f"none of {len(manifest)} photos can be used for {task}",
            remedy="Choose another data set, or another task with --params=task=….",
        )
    rows = rows.assign(status=OK, reason="", fold=pd.array([None] * len(rows), dtype="Int8"))
    return rows.sort_values("image_id").reset_index(drop=True)


def divide_photos(
    rows: pd.DataFrame, kind: SplitKind, *, test: float, validation: float, seed: int
) -> pd.DataFrame:
    """Divide photos into train, validation and test, labels in equal shares.

    Args:
        rows: From ``pool_photos``.
        kind: ``random`` divides photo by photo, ``group_safe`` never divides a group.
        test: Share of the photos that is measured on.
        validation: Share on which epoch and threshold are chosen.
        seed: Changes which photos go where.

    Returns:
        A validated manifest with these splits; in both kinds as many test photos as whole groups
        allow.
    """
    units = rows["image_id"] if kind == "random" else rows["group_id"]
    shares = {"train": 1.0 - validation - test, "validation": validation, "test": test}
    places = place_groups(count_groups(units, rows["label"]), shares, seed)
    return validate_manifest(rows.assign(split=units.map(places).astype("string")))


def find_relatives(manifest: pd.DataFrame) -> pd.Series:
    """Mark photos that have a relative among the train photos.

    Args:
        manifest: With ``group_id`` and ``split``.

    Returns:
        bool, indexed by ``image_id``; of a train photo, whether there is another one.
    """
    in_train = manifest["split"] == "train"
    n_train = in_train.groupby(manifest["group_id"]).transform("sum")
    related = (n_train - in_train.astype(int)) > 0
    return related.set_axis(manifest["image_id"])


def count_crossing(manifest: pd.DataFrame) -> int:
    """Number of groups that lie in more than one part.

    Args:
        manifest: With ``group_id`` and ``split``.

    Returns:
        0 for a split that divides no known group.
    """
    parts = manifest.groupby("group_id")["split"].nunique()
    return int((parts > 1).sum())


CLAIM = "no known duplicate or overlapping patch crosses the group-safe split"
"""What is known; that no photo crosses it cannot be said where the photos themselves are gone."""

_PARTS = ("related", "unrelated", "kept_apart")


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One model on one split.

    Attributes:
        model: Name of the model.
        kind: How the photos were divided.
        seed: Of the division (and of the network).
        photos: One row a test photo: ``image_id, group_id``, the four counts, ``has_relative``,
            whether its group holds other photos, and ``related``, whether one of these is among
            the train photos.
    """

    model: str
    kind: SplitKind
    seed: int
    photos: pd.DataFrame

    def f1(self) -> float:
        """Pooled F1."""
        return _f1(self.photos)

    def metrics(self) -> dict[str, float]:
        """List F1 of all photos, of those with relatives and of the others."""
        related = self.photos["related"]
        values = {
            "test_f1": self.f1(),
            "test_f1_related": _f1(self.photos[related]),
            "test_f1_unrelated": _f1(self.photos[~related]),
            "test_related_share": float(related.mean()),
            "test_photos": float(len(self.photos)),
        }
        return {name: value for name, value in values.items() if not math.isnan(value)}


def compare_splits(outcomes: Sequence[Outcome], *, resamples: int) -> dict[str, Any]:
    """Put the models side by side.

    Args:
        outcomes: Each model on both splits, at one or more seeds.
        resamples: Draws of the bootstrap over groups.

    Returns:
        JSON-ready: ``scores`` (one a model and split), ``differences`` (one a model) and
        ``relatives`` (one a model): the random split's test photos with a relative in train
        (``related``) and without (``unrelated``), the group-safe split's test photos that have
        relatives, all kept apart from train (``kept_apart``), and the difference of the first to
        the last. Test photos of all seeds are pooled.
    """
    models = list(dict.fromkeys(outcome.model for outcome in outcomes))
    scores, differences, relatives = [], [], []
    for model in models:
        pooled = {kind: _pool(outcomes, model, kind) for kind in SPLIT_KINDS}
        for kind in SPLIT_KINDS:
            found = [o for o in outcomes if (o.model, o.kind) == (model, kind)]
            interval = bootstrap_f1(pooled[kind], resamples=resamples)
            by_seed = {str(outcome.seed): outcome.f1() for outcome in found}
            scores.append({"model": model, "split": kind, "by_seed": by_seed, **asdict(interval)})
        difference = bootstrap_difference(
            pooled["random"], pooled["group_safe"], resamples=resamples
        )
        differences.append({"model": model, **asdict(difference)})
        relatives.append(
            _compare_relatives(model, pooled["random"], pooled["group_safe"], resamples)
        )
    return {"scores": scores, "differences": differences, "relatives": relatives}


def flatten_comparison(comparison: dict[str, Any]) -> dict[str, float]:
    """Numbers of a comparison under flat names.

    Args:
        comparison: From ``compare_splits``.

    Returns:
        ``<split>_<model>_f1``, ``difference_<model>_f1`` and its bounds,
        ``<related|unrelated|kept_apart>_<model>_f1``, ``relatives_difference_<model>_f1`` and its
        bounds.
    """
    flat = {f"{row['split']}_{row['model']}_f1": row["value"] for row in comparison["scores"]}
    for row in comparison["differences"]:
        flat |= _flatten_interval(f"difference_{row['model']}_f1", row)
    for row in comparison["relatives"]:
        for kind in _PARTS:
            if row[kind] is not None:
                flat[f"{kind}_{row['model']}_f1"] = row[kind]["value"]
        if row["difference"] is not None:
            name = f"relatives_difference_{row['model']}_f1"
            flat |= _flatten_interval(name, row["difference"])
    return flat


def tabulate_comparison(comparison: dict[str, Any]) -> str:
    """Lay a comparison out as one screen of text.

    Args:
        comparison: From ``compare_splits``.

    Returns:
        Lines of text, one a model.
    """
    lines = [["F1 on test", "random split", "group-safe split", "difference"]]
    scores = {(row["model"], row["split"]): row for row in comparison["scores"]}
    for row in comparison["differences"]:
        model = row["model"]
        cells = [_format(scores[model, kind]) for kind in SPLIT_KINDS]
        lines.append([model, *cells, _format(row, signed=True)])
    lines.append(["photos with relatives", "one in train", "none in train", "difference"])
    for row in comparison["relatives"]:
        cells = [_format(row[kind]) for kind in ("related", "kept_apart")]
        lines.append([row["model"], *cells, _format(row["difference"], signed=True)])
    return align_columns(lines)


def _flatten_interval(name: str, row: dict[str, Any]) -> dict[str, float]:
    numbers = {name: row["value"], f"{name}_low": row["low"], f"{name}_high": row["high"]}
    return {key: number for key, number in numbers.items() if number is not None}


def _compare_relatives(
    model: str, random: pd.DataFrame, safe: pd.DataFrame, resamples: int
) -> dict[str, Any]:
    # Photos with relatives may be easier or harder than others by themselves, so those of the
    # random split are compared with photos that have relatives too, none of them in train.
    related, kin = random[random["related"]], safe[safe["has_relative"]]
    is_measurable = _has_crack(related) and _has_crack(kin)
    difference = bootstrap_difference(related, kin, resamples=resamples) if is_measurable else None
    return {
        "model": model,
        "related": _measure_part(related, resamples),
        "unrelated": _measure_part(random[~random["related"]], resamples),
        "kept_apart": _measure_part(kin, resamples),
        "difference": None if difference is None else asdict(difference),
    }


def _measure_part(photos: pd.DataFrame, resamples: int) -> dict[str, Any] | None:
    if not _has_crack(photos):
        return None
    return {**asdict(bootstrap_f1(photos, resamples=resamples)), "photos": len(photos)}


def _has_crack(photos: pd.DataFrame) -> bool:
    return bool((photos["true_positive"] + photos["false_negative"]).sum() > 0)


def _pool(outcomes: Sequence[Outcome], model: str, kind: SplitKind) -> pd.DataFrame:
    return pd.concat([o.photos for o in outcomes if (o.model, o.kind) == (model, kind)])


def _f1(photos: pd.DataFrame) -> float:
    right = photos["true_positive"].sum()
    wrong = photos["false_positive"].sum() + photos["false_negative"].sum()
    return float(2 * right / (2 * right + wrong)) if right + wrong else math.nan


def _format(interval: dict[str, Any] | None, *, signed: bool = False) -> str:
    if interval is None:
        return ABSENT
    return format_with_interval(interval["value"], interval["low"], interval["high"], signed=signed)


MeasurePhotos = Callable[[pd.DataFrame], pd.DataFrame]
"""Manifest with splits → one row a test photo, as ``TrialResult.photos`` gives it."""


TrivialModels = Mapping[str, MeasurePhotos]
"""Name → function that fits on train, chooses on validation and measures on test."""


def prepare_classifiers(
    rows: pd.DataFrame, settings: ClassificationEvaluation, *, border_px: int
) -> TrivialModels:
    """Look at each photo once, for classifiers of grey-level percentiles.

    Args:
        rows: All photos, as ``pool_photos`` gives them.
        settings: The percentiles that they look at.
        border_px: Width of the frame that the border's classifier sees.

    Returns:
        One that sees whole photos, and one that sees their border alone.
    """
    levels = settings.baseline.percentiles
    seen: dict[str, list[NDArray[np.float64]]] = {"grey_percentiles": [], "border_percentiles": []}
    for image in read_photos(rows, "Looking at photos"):
        seen["grey_percentiles"].append(measure_percentiles(image, levels))
        seen["border_percentiles"].append(
            measure_border_percentiles(image, levels, border_px=border_px)
        )
    tables = {name: pd.DataFrame(values, index=rows["image_id"]) for name, values in seen.items()}
    return {name: partial(_classify, table) for name, table in tables.items()}


def _classify(features: pd.DataFrame, manifest: pd.DataFrame) -> pd.DataFrame:
    parts = {split: manifest[manifest["split"] == split].reset_index(drop=True) for split in SPLITS}
    labels = {split: np.asarray(rows["label"], np.int64) for split, rows in parts.items()}
    seen = {split: features.loc[rows["image_id"]].to_numpy() for split, rows in parts.items()}
    scores = classify_by_levels(seen, labels)
    counts = count_each(labels["test"], scores.test >= scores.threshold)
    return describe_photos(parts["test"], counts, scores.test)


def prepare_detectors(
    rows: pd.DataFrame, settings: SegmentationEvaluation, *, border_px: int
) -> TrivialModels:
    """Look at each photo once, for detectors of dark lines and of dark pixels.

    Args:
        rows: All photos, as ``pool_photos`` gives them.
        settings: What the black-hat detector tries.
        border_px: Not used: a detector sees all pixels.

    Returns:
        Black-hat and grey threshold.
    """
    choices = list_choices(settings.baseline)
    detectors: dict[str, list[Callable[[RgbImage], ProbabilityMap]]] = {
        "black_hat": [partial(detect_dark_lines, choice=choice) for choice in choices],
        "grey_threshold": [measure_darkness],
    }
    measured: dict[str, list[list[ProbabilityHistograms]]] = {
        name: [[] for _ in variants] for name, variants in detectors.items()
    }
    for image, truth in read_pairs(rows, "Looking at photos"):
        for name, variants in detectors.items():
            for detect, photos in zip(variants, measured[name], strict=True):
                photos.append(measure_histograms(detect(image), truth, tolerance_px=0))
    ids = pd.Index(rows["image_id"])
    stacked = {
        name: [ProbabilityHistograms.stack(photos) for photos in variants]
        for name, variants in measured.items()
    }
    return {name: partial(_detect, ids, variants) for name, variants in stacked.items()}


def _detect(
    ids: pd.Index, variants: list[ProbabilityHistograms], manifest: pd.DataFrame
) -> pd.DataFrame:
    def pick(photos: ProbabilityHistograms, rows: pd.DataFrame) -> ProbabilityHistograms:
        where = ids.get_indexer(pd.Index(rows["image_id"]))
        return photos.at(where)

    validation = manifest[manifest["split"] == "validation"]
    sweeps = [sweep_grid(pick(photos, validation).pooled()) for photos in variants]
    best, threshold = choose_variant(sweeps)
    test = manifest[manifest["split"] == "test"].reset_index(drop=True)
    counts = pick(variants[best], test).counts().at((slice(None), grid_index(threshold)))
    return describe_photos(test, counts, np.full(len(test), np.nan))
