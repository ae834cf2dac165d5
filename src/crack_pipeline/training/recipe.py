"""Typed parameters of a training; readable without importing Keras."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from crack_pipeline.errors import ParameterError
from crack_pipeline.losses.formula import LossSettings, parse_loss


def _readable(text: str) -> str:
    try:
        parse_loss(text)
    except ParameterError as error:
        raise ValueError(str(error)) from error  # pydantic names the parameter
    return text


LossFormula = Annotated[str, AfterValidator(_readable)]
"""A weighted sum of losses, see :mod:`crack_pipeline.losses.formula`."""

Precision = Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"]
"""Number format of the computations while a network trains; its weights are float32 always."""

OptimizerName = Literal["adam", "adamw", "sgd"]
ScheduleName = Literal["constant", "cosine", "step", "plateau"]


class FineTuning(BaseModel, extra="forbid", frozen=True):
    """A second stage from the best weights of the first, with frozen layers unfrozen.

    Attributes:
        epochs: Epochs of the second stage; 0 leaves it out.
        learning_rate: Its rate at the start, usually a tenth of the first stage's or less.
        loss: Its loss; None for that of the first stage.
    """

    epochs: int = Field(0, ge=0)
    learning_rate: float = Field(1e-4, gt=0)
    loss: LossFormula | None = None


class Schedule(BaseModel, extra="forbid", frozen=True):
    """How the learning rate changes.

    Attributes:
        name: ``constant``; ``cosine`` to a hundredth over the stage; ``step`` by a factor every so
            many epochs; ``plateau`` by a factor when the monitored value no longer improves.
        warmup_share: Share of a stage's steps in which the rate rises linearly, from a hundredth;
            with ``plateau``, whose rate changes between epochs only, share of its epochs.
        factor: What ``step`` and ``plateau`` multiply the rate by.
        step_epochs: Epochs between two steps of ``step``.
        patience_epochs: Epochs without improvement before ``plateau`` lowers the rate.
    """

    name: ScheduleName = "cosine"
    warmup_share: float = Field(0.05, ge=0, lt=1)
    factor: float = Field(0.5, gt=0, lt=1)
    step_epochs: int = Field(10, ge=1)
    patience_epochs: int = Field(5, ge=1)


class TrainingRecipe(BaseModel, extra="forbid", frozen=True):
    """Everything that decides how a network is trained.

    Attributes:
        loss: A weighted sum of losses, for instance ``binary_crossentropy + 0.5 * dice``.
        loss_settings: Parameters of each loss.
        label_smoothing: Share by which targets of cross-entropy and focal loss move towards .5.
        class_weights: ``balanced`` weights crack in the cross-entropy by background per crack,
            counted in the train tiles.
        crack_free_share: Share of the drawn tiles that show no crack; None draws all alike.
        side_weight: Weight of the mean loss of the network's side outputs; 0 does without.
        optimizer: Adam, AdamW (with ``weight_decay``) or SGD with momentum .9.
        learning_rate: Rate at the start of the first stage.
        weight_decay: Decoupled weight decay of AdamW; biases and gains have none.
        clip_norm: Largest norm of all gradients together; None does not clip.
        accumulation_steps: Batches whose gradients are averaged before a step; 1 steps at each.
        ema_momentum: Momentum, by step, of the moving average of the weights that is validated
            and kept; None keeps the weights themselves.
        precision: What the network computes in while it trains; ``auto`` is ``mixed_bfloat16`` on
            devices that multiply it themselves, else ``float32``.
        schedule: How the rate changes.
        epochs: Epochs of the first stage.
        steps_per_epoch: Batches an epoch; None passes once over the tiles.
        batch_size: Tiles a batch.
        monitor: Validation value that decides the best epoch, early stopping and the plateau.
        early_stopping_epochs: Epochs without improvement before training stops; None never stops.
        fine_tuning: The second stage.
        seed: Seed of the weights, the order of tiles, augmentation and dropout.
        deterministic: Make TensorFlow's operations repeatable to the last bit.
        tensorboard: Write TensorBoard logs beside the model.
    """

    loss: LossFormula = "bce_dice"
    loss_settings: LossSettings = LossSettings()
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    class_weights: Literal["none", "balanced"] = "none"
    crack_free_share: float | None = Field(None, ge=0, lt=1)
    side_weight: float = Field(0.0, ge=0)
    optimizer: OptimizerName = "adam"
    learning_rate: float = Field(1e-3, gt=0, le=1)
    weight_decay: float = Field(1e-4, ge=0)
    clip_norm: float | None = Field(None, gt=0)
    accumulation_steps: int = Field(1, ge=1)
    ema_momentum: float | None = Field(None, gt=0, lt=1)
    precision: Precision = "float32"
    schedule: Schedule = Schedule()
    epochs: int = Field(10, ge=1)
    steps_per_epoch: int | None = Field(None, ge=1)
    batch_size: int = Field(8, ge=1)
    monitor: Literal["val_f1", "val_loss"] = "val_f1"
    early_stopping_epochs: int | None = Field(None, ge=1)
    fine_tuning: FineTuning = FineTuning()
    seed: int = Field(0, ge=0, lt=2**32)
    deterministic: bool = True
    tensorboard: bool = True

    @model_validator(mode="after")
    def _balanced_needs_cross_entropy(self) -> Self:
        names = [term.name for term in parse_loss(self.loss)]
        if self.class_weights == "balanced" and "binary_crossentropy" not in names:
            raise ValueError(
                "class_weights: balanced needs binary_crossentropy in the loss, received "
                f"{self.loss}"
            )
        weight = self.loss_settings.binary_crossentropy.positive_weight
        if self.class_weights == "balanced" and weight != 1:
            raise ValueError(
                "class_weights: balanced works out binary_crossentropy.positive_weight, received "
                f"{weight:g} for it as well; set it to 1, or class_weights: none"
            )
        return self

    @model_validator(mode="after")
    def _stages_compare(self) -> Self:
        tuning = self.fine_tuning
        if tuning.epochs and tuning.loss not in (None, self.loss) and self.monitor == "val_loss":
            raise ValueError(
                "monitor: val_loss cannot compare the epochs of two stages with different losses; "
                "set monitor: val_f1, or fine_tuning.loss: null"
            )
        return self
