"""Parameters and metrics that MLflow shows of a run; the files of the run hold all of them."""

import math
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel

from crack_pipeline.task_specs import task_names

if TYPE_CHECKING:
    from crack_pipeline.tracking.recorder import Recorder

LONGEST_VALUE = 500
_CUT = " … (cut)"


def flatten(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Flatten nested parameters.

    Args:
        values: Name → value; mappings and pydantic models at any depth.

    Yields:
        Dot-separated names and their values.

    >>> dict(flatten({"training": {"segmentation": {"epochs": 3}}, "task": "segmentation"}))
    {'training.segmentation.epochs': 3, 'task': 'segmentation'}
    """
    for name, value in values.items():
        if isinstance(value, BaseModel):
            value = value.model_dump(mode="json")
        if isinstance(value, Mapping) and value:
            yield from flatten({f"{name}.{key}": item for key, item in value.items()})
        else:
            yield name, value


def finite_metrics(values: Mapping[str, Any]) -> dict[str, float]:
    """Keep what a store can plot.

    Args:
        values: Name → anything.

    Returns:
        Name → number, without what is missing, not finite or no number.
    """
    return {
        clean_name(name): float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }


def clean_name(name: str) -> str:
    """Replace what MLflow forbids in names."""
    return re.sub(r"[^\w.\-/ ]", "_", name)


def shorten(text: str, longest: int = LONGEST_VALUE) -> str:
    """Cut what is too long for a store, with a note."""
    return text if len(text) <= longest else text[: longest - len(_CUT)] + _CUT


PARAMETERS_FILE = "parameters.yml"
LONGEST_TAG = 5000
LONGEST_NAME = 60
"""Characters of a run's name that tell what was changed."""

_SHOWN = (
    "task",
    "dataset",
    "model.T.name",
    "model.T.weights",
    "model.T.scaling",
    "model.T.settings",
    "training.T.loss",
    "training.T.epochs",
    "training.T.steps_per_epoch",
    "training.T.batch_size",
    "training.T.optimizer",
    "training.T.learning_rate",
    "training.T.weight_decay",
    "training.T.schedule.name",
    "training.T.schedule.warmup_share",
    "training.T.class_weights",
    "training.T.crack_free_share",
    "training.T.label_smoothing",
    "training.T.ema_momentum",
    "training.T.monitor",
    "training.T.early_stopping_epochs",
    "training.T.fine_tuning.epochs",
    "training.T.seed",
    "training.T.precision",
    "training.backend",
    "training.distribution.strategy",
    "preprocessing.T.tile_px",
    "preprocessing.T.overlap_px",
    "preprocessing.T.equalization",
    "augmentation.enabled",
    "augmentation.T.warp_probability",
    "augmentation.T.zoom_range",
    "augmentation.T.brightness",
    "augmentation.T.shade_probability",
    "augmentation.T.debris_probability",
    "evaluation.T.test_time_augmentation",
    "evaluation.T.tolerance_px",
    "ingestion.splitting.train",
    "ingestion.splitting.test",
    "ingestion.splitting.seed",
)
_IN_THE_NAME_ANYWAY = re.compile(r"task|dataset|model\.\w+\.name")
_OF_NO_INTEREST = re.compile(r".*(_path|\.tensorboard)")

_HEADLINE = r"f1_tolerance_\d+px_pooled", "cldice_pooled", "f1_pooled", "iou_pooled", "f1", "auc"
_FIRST = "|".join(_HEADLINE)
_METRICS = (
    *((rf"test_({name})", "test/") for name in (*_HEADLINE, "balanced_accuracy")),
    (r"test_((?:precision|recall|average_precision)(?:_pooled)?|dice_mean)", "test/details/"),
    (r"test_(recall_tolerance_\d+px_thin_pooled)", "test/details/"),
    ("test_(false_length_px_per_megapixel|specificity|mcc|brier)", "test/details/"),
    *((rf"test_baseline_({name})", "test/baseline/") for name in (_HEADLINE[0], "f1_pooled", "f1")),
    *(
        (rf"validation_({name})", "validation/")
        for name in (_HEADLINE[0], "f1_pooled", "f1", "auc")
    ),
    ("(decision_threshold)", "validation/"),
    ("test_(f1_(?:un)?related|related_share)", "test/"),
    ("explain_(.*_pointing_game)", "test/explanation/"),
    (f"out_of_fold_({_FIRST})", "out_of_fold/"),
    (f"fold_((?:{_FIRST})(?:_mean|_sd)?)", "fold/"),
    ("((?:random|group_safe|difference|relatives_difference)_.*_f1.*)", "leakage/"),
    ("(n_parameters|flops|ms_a_tile|ms_a_tile_in_batch|seconds_training)", "cost/"),
)
"""Pattern of a flat name → beginning of its name in MLflow."""

MOST_METRICS = 20
"""Of one file; an evaluation has at most 15 of them, a trial its cost beside them."""
MOST_OF_A_PART = 5
"""Curves of a training, methods of an explanation: with the 15 of an evaluation they make 25."""
_DIGITS = 6


@dataclass(frozen=True)
class RunParameters:
    """All parameters of a run, beside those of conf/base.

    Attributes:
        values: Dotted name → value.
        base: The same of conf/base alone; empty where it is not known.
        asked: Names that the command line set: they are told first.
    """

    values: Mapping[str, Any]
    base: Mapping[str, Any] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()

    @property
    def task(self) -> str:
        """Task of the run; empty where none is set."""
        return str(self.values.get("task", ""))

    @property
    def network(self) -> str:
        """Name of the network."""
        return str(self.values.get(f"model.{self.task}.name", "model"))

    def replace(self, changes: Mapping[str, Any]) -> "RunParameters":
        """The parameters of a trial, which differ from those of its pipeline.

        Args:
            changes: Nested parameters.

        Returns:
            All parameters with the changes.
        """
        return RunParameters({**self.values, **dict(flatten(changes))}, self.base, self.asked)

    def shown(self) -> dict[str, str]:
        """Main parameters for MLflow's table: at most 40, the same names for each run of a task."""
        settings = f"model.{self.task}.{self.network}."
        own = (
            f"{name.removeprefix(settings)}={value}"
            for name, value in self.values.items()
            if name.startswith(settings)
        )
        backend = self.values.get("training.backend") or os.environ.get("KERAS_BACKEND")
        known = {
            **self.values,
            f"model.{self.task}.settings": ", ".join(own),
            "training.backend": backend or "tensorflow",
        }
        names = [name.replace(".T.", f".{self.task}.") for name in _SHOWN]
        return {clean_name(name): shorten(str(known[name])) for name in names if name in known}

    def changes(self) -> dict[str, Any]:
        """Differences from conf/base: of the command line, of the main parameters, the others."""
        others = [name for name in task_names() if name != self.task]
        ranks = {name.replace(".T.", f".{self.task}."): n for n, name in enumerate(_SHOWN)}
        changed = [
            name
            for name, value in self.values.items()
            if name in self.base
            and value != self.base[name]
            and not _OF_NO_INTEREST.fullmatch(name)
            and not set(others).intersection(name.split("."))
        ]
        changed.sort(key=lambda name: (name not in self.asked, ranks.get(name, len(ranks))))
        return {name: self.values[name] for name in changed}

    def describe_changes(self) -> str:
        """The differences from conf/base as text."""
        changes = self.changes().items()
        text = ", ".join(f"{name}={value}" for name, value in changes)
        return shorten(text, LONGEST_TAG) or "nothing"

    def name_run(self, kind: str = "") -> str:
        """A name for a run: network, data set and what was changed, as far as there is room.

        Args:
            kind: Pipeline, where it trains several models.

        Returns:
            The name.

        >>> base = {"training.segmentation.epochs": 8, "training.segmentation.seed": 0}
        >>> own = {"task": "segmentation", "dataset": "metu", "model.segmentation.name": "unet"}
        >>> RunParameters({**base, **own, "training.segmentation.epochs": 3}, base).name_run()
        'unet-metu epochs=3'
        """
        dataset = self.values.get("dataset")
        first = " ".join(filter(None, [kind, f"{self.network}-{dataset}" if dataset else ""]))
        changes = {
            name: value
            for name, value in self.changes().items()
            if not _IN_THE_NAME_ANYWAY.fullmatch(name)
        }
        told: list[str] = []
        for text in _shorten_names(changes):
            if len(" ".join([*told, text])) > LONGEST_NAME:
                break
            told.append(text)
        left = len(changes) - len(told)
        return " ".join([first or self.network, *told, *([f"+{left}"] if left else [])])

    def record(self, recorder: "Recorder") -> None:
        """Record the main parameters, what was changed, and a file with all of them."""
        recorder.record_parameters(self.shown())
        recorder.record_tags({"changed": self.describe_changes()})
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / PARAMETERS_FILE
            text = yaml.safe_dump(dict(self.values), allow_unicode=True, width=1000)
            path.write_text(text, encoding="utf-8")
            recorder.record_artifact(path, "")


def _shorten_names(changes: Mapping[str, Any]) -> Iterator[str]:
    """``epochs=3`` for ``training.segmentation.epochs=3``, with its block where several have it."""
    last = [name.rpartition(".")[2] for name in changes]
    for name, value in changes.items():
        parts = [part for part in name.split(".") if part not in task_names()]
        clear = last.count(parts[-1]) == 1 and parts[-1] not in ("name", "enabled", "seed")
        yield f"{'.'.join(parts[-1:] if clear else parts[-2:])}={value}".replace(" ", "")


def choose_metrics(values: Mapping[str, Any]) -> dict[str, float]:
    """Choose what MLflow shows of a file of metrics, headline first.

    Args:
        values: Flat names as in ``metrics.json`` → number.

    Returns:
        Name → number, at most 20, of explanations 5, of a task that names its metrics otherwise 15.
        MLflow draws the metrics that share what stands before the last ``/`` together, in the order
        of their names.

    >>> choose_metrics({"test_auc_pooled": 0.9, "test_dice_mean": 0.7, "test_f1_pooled": 0.8})
    {'test/f1_pooled': 0.8, 'test/details/dice_mean': 0.7}
    """
    finite = finite_metrics(values)
    own = re.search(r"validation_f1_tolerance_\d+px", " ".join(finite))
    if own:
        tolerance = own[0].removeprefix("validation_f1_")
        finite = {n: finite[n] for n in finite if tolerance in n or "tolerance_" not in n}
    chosen: dict[str, float] = {}
    for pattern, group in _METRICS:
        found = [match for name in finite if (match := re.fullmatch(pattern, name))]
        most = MOST_OF_A_PART if "explanation" in group else MOST_METRICS
        for match in found[:most]:
            chosen[group + match[1]] = finite[match[0]]
    if not chosen:
        shown = list(finite)[: MOST_METRICS - MOST_OF_A_PART]
        chosen = {re.sub("^(test|validation)_", r"\1/", name): finite[name] for name in shown}
    return dict(list(chosen.items())[:MOST_METRICS])


def name_epoch(metrics: Mapping[str, float]) -> dict[str, float]:
    """Names of an epoch's metrics in MLflow.

    Args:
        metrics: As Keras calls them.

    Returns:
        ``train/…`` and ``validation/…``, at most 5, with 6 significant digits: single precision has
        no more. F1 is called after its threshold of one half: the curve is another number than the
        F1 at the threshold that is chosen after training.

    >>> name_epoch({"epoch": 1, "val_f1": 0.9, "learning_rate": 2.0000001313746907e-05})
    {'validation/f1_at_half': 0.9, 'train/learning_rate': 2e-05}
    """
    named = {}
    for name, value in metrics.items():
        if name not in ("epoch", "stage") and not name.startswith("seconds"):
            part = "validation" if name.startswith("val_") else "train"
            own = name.removeprefix("val_")
            named[f"{part}/{'f1_at_half' if own == 'f1' else own}"] = float(f"{value:.{_DIGITS}g}")
    ordered = sorted(named.items(), key=lambda item: "learning_rate" in item[0])
    return dict(ordered[:MOST_OF_A_PART])
