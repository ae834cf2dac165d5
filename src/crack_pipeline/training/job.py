"""Description of a training: all that decides its result, and its stages."""

import hashlib
import json
import math
from dataclasses import dataclass

import keras

from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.code_digest import digest_code
from crack_pipeline.models.builders import ModelSettings
from crack_pipeline.models.settings import digest_weights
from crack_pipeline.tiles.store import TileStore
from crack_pipeline.training.backend import backend_name
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.types import Task

TRAINING_CODE = ("augmentation", "losses", "masks", "models", "task_specs.py", "tiles", "training")


@dataclass(frozen=True)
class TrainingJob:
    """All that decides the result of a training.

    Attributes:
        task: What the model is for.
        store: Its tiles.
        model: Which network.
        recipe: How it is trained.
        policy: What augmentation may do; None for none.
    """

    task: Task
    store: TileStore
    model: ModelSettings
    recipe: TrainingRecipe
    policy: AugmentationPolicy | None

    @property
    def steps_per_epoch(self) -> int:
        """Batches an epoch: what the recipe says, or one pass over the tiles."""
        one_pass = math.ceil(len(self.store.rows_of("train")) / self.recipe.batch_size)
        return self.recipe.steps_per_epoch or one_pass

    @property
    def input_px(self) -> int:
        """Side of the model's input in px."""
        return int(self.store.tiles.shape[1])

    def key(self) -> str:
        """Digest of data, parameters, starting weights, code and backend: equal, same model."""
        parts = {
            "task": self.task,
            "store": self.store.key,
            "model": self.model.model_dump(),
            "weights": digest_weights(self.model.weights),
            "recipe": self.recipe.model_dump(),
            "policy": None if self.policy is None else self.policy.model_dump(),
            "code": digest_code(*TRAINING_CODE),
            "backend": backend_name(),
            "keras": keras.__version__,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def stages_of(recipe: TrainingRecipe) -> list[TrainingRecipe]:
    """Recipes of the stages: training, then fine-tuning of all layers where it has epochs."""
    stages = [recipe]
    tuning = recipe.fine_tuning
    if tuning.epochs:
        changed = {
            "epochs": tuning.epochs,
            "learning_rate": tuning.learning_rate,
            "loss": tuning.loss or recipe.loss,
        }
        stages.append(recipe.model_copy(update=changed))
    return stages
