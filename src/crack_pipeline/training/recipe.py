"""Typed parameters of a training; readable without importing Keras."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.losses.names import LossName

_STRICT = ConfigDict(extra="forbid", frozen=True)

OptimizerName = Literal["adam", "adamw", "sgd"]
ScheduleName = Literal["constant", "cosine", "step", "plateau"]


class FineTuning(BaseModel):
    """A second stage from the best weights of the first, with frozen layers unfrozen.

    Attributes:
        epochs: Epochs of the second stage; 0 leaves it out.
        learning_rate: Its rate at the start, usually a tenth of the first stage's or less.
    """

    model_config = _STRICT

    epochs: int = Field(0, ge=0)
    learning_rate: float = Field(1e-4, gt=0)


class Schedule(BaseModel):
    """How the learning rate changes.

    Attributes:
        name: ``constant``; ``cosine`` to a hundredth over the stage; ``step`` by a factor every so
            many epochs; ``plateau`` by a factor when the monitored value no longer improves.
        warmup_share: Share of a cosine stage's steps in which the rate rises linearly, from a
            hundredth.
        factor: What ``step`` and ``plateau`` multiply the rate by.
        step_epochs: Epochs between two steps of ``step``.
        patience_epochs: Epochs without improvement before ``plateau`` lowers the rate.
    """

    model_config = _STRICT

    name: ScheduleName = "cosine"
    warmup_share: float = Field(0.05, ge=0, lt=1)
    factor: float = Field(0.5, gt=0, lt=1)
    step_epochs: int = Field(10, ge=1)
    patience_epochs: int = Field(5, ge=1)


class TrainingRecipe(BaseModel):
    """Everything that decides how a network is trained.

    Attributes:
        loss: A name of ``crack_pipeline.losses.overlap.LOSSES``.
        optimizer: Adam, AdamW (with ``weight_decay``) or SGD with momentum .9.
        learning_rate: Rate at the start of the first stage.
        weight_decay: Decoupled weight decay of AdamW.
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

    model_config = _STRICT

    loss: LossName = "bce_dice"
    optimizer: OptimizerName = "adam"
    learning_rate: float = Field(1e-3, gt=0, le=1)
    weight_decay: float = Field(1e-4, ge=0)
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
