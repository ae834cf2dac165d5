"""The tasks that a model can be trained for, each described by one object.

A description names its parts as ``"module:attribute"`` and they are imported on use: whoever lists
tasks, or asks one of them a question, loads neither Keras nor matplotlib.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, TypeAlias

from crack_pipeline.errors import ParameterError
from crack_pipeline.wording.suggestions import suggest_name

Reference: TypeAlias = str | Callable[..., Any]
"""A part of a task: ``"module:attribute"``, imported on use, or the object itself."""

Truth: TypeAlias = Literal["masks", "labels", "photos"]
"""The column of the manifest that a task learns from: masks, labels, or none but the photo."""

_COLUMNS: Mapping[Truth, str] = {
    "masks": "mask_path",
    "labels": "label",
    "photos": "image_path",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TaskSpec:
    """All that differs from task to task.

    Attributes:
        name: What users type, ``--params=task=<name>``; names the block of its parameters.
        truth: What it learns from, and what its predictions are like: a map of probabilities a
            photo for ``masks``, one number a photo otherwise.
        use: What a model of it does to photos, "outlines cracks".
        unit: What is counted in its metrics, "photos".
        settings: Block of parameters → pydantic model of its values. ``preprocessing``,
            ``augmentation``, ``model``, ``training`` and ``evaluation`` are needed to train and to
            evaluate; a pipeline whose block is missing, such as ``explanation``, refuses the task.
        score_baseline: (manifest, settings) → scores of what needs no network: ``name``,
            ``metrics``, and whatever ``evaluate`` compares with.
        choose_decision: (subject, settings) → ``prediction.decision.Decision`` and a figure.
        evaluate: (subject with its decision, baseline, settings) → ``tasks.outcomes.Evaluation``,
            whose report has ``headline`` and whose figures have ``prediction_sheet``.
        measure: (subject with its decision, settings, split=, maps=) →
            ``trials.measuring.Measurement``; None where no trials are made of it.
        measure_elsewhere: (subject with its decision, settings) → rows measured and headline, for
            photos of other data sets; None where it cannot.
        decode: (bundle, photos) → a prediction a photo; None for probabilities: a map, or a number.
        trivial_models: (rows, settings, border_px=) → models that ``leakage`` trains beside the
            network; None for none.
        network: (settings, input_px=) → Keras model; None builds a network of
            ``models.builders``.
        targets: (tiles, masks) → what the network shall give for (N, T, T, 3) tiles; None for the
            masks, or the labels.
        loss: (recipe) → Keras loss; None for the formula ``recipe.loss``.
        fit_metrics: () → Keras metrics that are followed in training; None for the pooled F1.
        plain_metrics: Patterns of metrics that stand first where an evaluation has no headline.
        trial_metrics: Those of the table of a comparison of models; the first decides.
            ``{tolerance}`` is replaced by that of the evaluation.
        fold_metrics: Those of the table of a cross-validation.
        audited_metrics: Those in which the audit compares the model with its baseline.
    """

    name: str
    truth: Truth
    use: str
    unit: str
    settings: Mapping[str, Reference]
    score_baseline: Reference
    choose_decision: Reference
    evaluate: Reference
    measure: Reference | None = None
    measure_elsewhere: Reference | None = None
    trivial_models: Reference | None = None
    decode: Reference | None = None
    network: Reference | None = None
    targets: Reference | None = None
    loss: Reference | None = None
    fit_metrics: Reference | None = None
    plain_metrics: tuple[str, ...] = ()
    trial_metrics: tuple[str, ...] = ()
    fold_metrics: tuple[str, ...] = ()
    audited_metrics: tuple[str, ...] = ()

    @property
    def target_column(self) -> str:
        """Column of the manifest that a photo must have to be learnt from or measured."""
        return _COLUMNS[self.truth]

    def part(self, name: str) -> Any:
        """Import a part, where it is not there yet.

        Args:
            name: Of an attribute that holds a reference.

        Returns:
            The function or class.

        Raises:
            ParameterError: If this task has no such part.

        Examples:
            >>> task_spec("classification").part("score_baseline").__name__
            'score_baseline'
        """
        return self._resolve(name, getattr(self, name))

    def settings_class(self, block: str) -> Any:
        """The model of a block of parameters.

        Args:
            block: ``preprocessing``, ``model``, ….

        Returns:
            A pydantic model.

        Raises:
            ParameterError: If this task has no such block.
        """
        return self._resolve(f"block `{block}` of parameters", self.settings.get(block))

    def _resolve(self, what: str, reference: Reference | None) -> Any:
        if reference is None:
            able = [name for name, spec in _SPECS.items() if what in spec._list_parts()]
            raise ParameterError(
                f"`task` must be one with {what}.",
                received=f"task={self.name}",
                remedy=f"Choose one of: {', '.join(able) or 'none'}.",
            )
        if not isinstance(reference, str):
            return reference
        module, _, attribute = reference.partition(":")
        return getattr(import_module(module), attribute)

    def _list_parts(self) -> set[str]:
        own = {name for name in self.__slots__ if getattr(self, name) is not None}
        return own | {f"block `{block}` of parameters" for block in self.settings}


_ROOT = "crack_pipeline"
_SPECS: dict[str, TaskSpec] = {}


def register_task(spec: TaskSpec) -> None:
    """Make a task known, under its name.

    Args:
        spec: The task.

    Raises:
        ParameterError: If another one has the name.
    """
    if _SPECS.setdefault(spec.name, spec) is not spec:
        raise ParameterError(
            "Each task has a name of its own.",
            received=spec.name,
            remedy="Choose another name for the new task.",
        )


def forget_task(name: str) -> None:
    """Take a task back, such as one that a test has registered."""
    _SPECS.pop(name, None)


def task_names() -> tuple[str, ...]:
    """Names of the known tasks, in the order of their registration.

    Examples:
        >>> task_names()
        ('segmentation', 'classification')
    """
    return tuple(_SPECS)


def task_spec(name: str) -> TaskSpec:
    """Look a task up.

    Args:
        name: What the user typed.

    Returns:
        Its description.

    Raises:
        ParameterError: If there is none of this name; names the nearest.

    Examples:
        >>> task_spec("segmentation").use
        'outlines cracks'
    """
    if name not in _SPECS:
        raise ParameterError(
            "`task` must be a known task.",
            received=str(name),
            remedy=suggest_name(str(name), _SPECS),
        )
    return _SPECS[name]


register_task(
    TaskSpec(
        name="segmentation",
        truth="masks",
        use="outlines cracks",
        unit="pixels and crack lines",
        settings={
            "preprocessing": f"{_ROOT}.tiles.settings:TileSettings",
            "augmentation": f"{_ROOT}.augmentation.policy:AugmentationPolicy",
            "model": f"{_ROOT}.models.settings:SegmentationModel",
            "training": f"{_ROOT}.training.recipe:TrainingRecipe",
            "evaluation": f"{_ROOT}.tasks.settings:SegmentationEvaluation",
            "explanation": f"{_ROOT}.explain.settings:SegmentationExplanation",
        },
        score_baseline=f"{_ROOT}.tasks.segmentation:score_baseline",
        choose_decision=f"{_ROOT}.tasks.segmentation:choose_decision",
        evaluate=f"{_ROOT}.tasks.segmentation:evaluate",
        measure=f"{_ROOT}.trials.measuring:measure_masks",
        measure_elsewhere=f"{_ROOT}.tasks.segmentation:measure_elsewhere",
        trivial_models=f"{_ROOT}.trials.leakage:prepare_detectors",
        plain_metrics=(
            "f1_pooled",
            r"f1_tolerance_\d+px_pooled",
            "iou_pooled",
            "precision_pooled",
            "recall_pooled",
            "cldice_pooled",
            "average_precision_pooled",
        ),
        trial_metrics=(
            "f1_pooled",
            "f1_tolerance_{tolerance}px_pooled",
            "cldice_pooled",
            "recall_tolerance_{tolerance}px_thin_pooled",
        ),
        fold_metrics=(
            "f1_pooled",
            "iou_pooled",
            "precision_pooled",
            "recall_pooled",
            "dice_mean",
        ),
        audited_metrics=("f1_pooled",),
    )
)
register_task(
    TaskSpec(
        name="classification",
        truth="labels",
        use="sorts photos into those with a crack and those without",
        unit="photos",
        settings={
            "preprocessing": f"{_ROOT}.tiles.settings:ResizeSettings",
            "augmentation": f"{_ROOT}.augmentation.policy:AugmentationPolicy",
            "model": f"{_ROOT}.models.settings:ClassificationModel",
            "training": f"{_ROOT}.training.recipe:TrainingRecipe",
            "evaluation": f"{_ROOT}.tasks.settings:ClassificationEvaluation",
            "explanation": f"{_ROOT}.explain.settings:ClassificationExplanation",
        },
        score_baseline=f"{_ROOT}.tasks.classification:score_baseline",
        choose_decision=f"{_ROOT}.tasks.classification:choose_decision",
        evaluate=f"{_ROOT}.tasks.classification:evaluate",
        measure=f"{_ROOT}.trials.measuring:measure_labels",
        measure_elsewhere=f"{_ROOT}.tasks.classification:measure_elsewhere",
        trivial_models=f"{_ROOT}.trials.leakage:prepare_classifiers",
        plain_metrics=("f1", "accuracy", "precision", "recall", "auc", "average_precision"),
        trial_metrics=("f1", "accuracy", "auc"),
        fold_metrics=("f1", "accuracy", "precision", "recall", "auc"),
        audited_metrics=("f1", "auc"),
    )
)
