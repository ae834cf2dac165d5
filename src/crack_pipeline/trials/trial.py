"""One training of one manifest, described so that another process can do it."""

import hashlib
import json
import os
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, create_model, model_validator

from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.code_digest import digest_code
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.models.settings import digest_weights
from crack_pipeline.task_specs import TaskSpec, task_spec
from crack_pipeline.types import Task

TRIAL_CODE = (
    "augmentation",
    "images",
    "losses",
    "masks",
    "measure",
    "metrics",
    "models",
    "prediction",
    "task_specs.py",
    "tasks",
    "tiles",
    "training",
    "trials/child.py",
    "trials/measuring.py",
)
_BLOCKS = {
    "tiles": "preprocessing",
    "model": "model",
    "recipe": "training",
    "evaluation": "evaluation",
}
_SETTINGS, _MANIFEST = "trial.json", "manifest.parquet"


@cache
def _make_blocks(spec: TaskSpec) -> type[BaseModel]:
    kinds: dict[str, Any] = {
        name: (spec.settings_class(block), ...) for name, block in _BLOCKS.items()
    }
    return create_model("TrialSettings", **kinds)


class TrialSettings(BaseModel):
    """How a trial is trained and measured; the trials of one comparison share most of it.

    Attributes:
        task: What the model is for.
        dataset: Name of the data set, for titles.
        tiles: How photos become the model's input.
        model: Which network.
        recipe: How it is trained.
        policy: What augmentation may do; None for none.
        evaluation: How it is measured.
        keeps_maps: Write the probability map of each test photo; of a segmentation only.
        keeps_model: Keep the trained network.
        measured_on: The photos that it is measured on. Whoever chooses by the result must not look
            at ``test``.
        measures_cost: Count operations and take times of the trained network.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: Task
    dataset: str
    tiles: Any
    model: Any
    recipe: Any
    policy: AugmentationPolicy | None = None
    evaluation: Any
    keeps_maps: bool = False
    keeps_model: bool = False
    measured_on: Literal["validation", "test"] = "test"
    measures_cost: bool = False

    def with_seed(self, seed: int) -> Self:
        """The same settings with another seed."""
        return self.model_copy(update={"recipe": self.recipe.model_copy(update={"seed": seed})})

    @model_validator(mode="after")
    def _read_by_task(self) -> Self:
        given = {name: getattr(self, name) for name in _BLOCKS}
        read = _make_blocks(task_spec(self.task)).model_validate(given)
        for name in _BLOCKS:
            object.__setattr__(self, name, getattr(read, name))
        return self


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One training, measured on the test photos of its own manifest.

    Attributes:
        name: Unique among the trials that run together; names a folder.
        manifest: A validated manifest; its split says what is learnt from and what is measured.
        settings: How.
    """

    name: str
    manifest: pd.DataFrame
    settings: TrialSettings

    def key(self) -> str:
        """Digest of data, settings, starting weights, code and backend: equal keys, same result."""
        parts = {
            "manifest": digest_manifest(self.manifest),
            "settings": self.settings.model_dump(mode="json"),
            "weights": digest_weights(self.settings.model.weights),
            "code": digest_code(*TRIAL_CODE),
            "backend": os.environ.get("KERAS_BACKEND", "tensorflow"),
            "keras": version("keras"),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def write_trial(trial: Trial, folder: Path) -> None:
    """Write a trial down for the process that will do it.

    Args:
        trial: The trial.
        folder: Its folder; made where it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    trial.manifest.to_parquet(folder / _MANIFEST, index=False)
    content = {"name": trial.name, "settings": trial.settings.model_dump(mode="json")}
    (folder / _SETTINGS).write_text(json.dumps(content, indent=1), encoding="utf-8")


def read_trial(folder: Path) -> Trial:
    """Read what ``write_trial`` wrote.

    Args:
        folder: The trial's folder.

    Returns:
        The trial.
    """
    content = json.loads((folder / _SETTINGS).read_text(encoding="utf-8"))
    settings = TrialSettings.model_validate(content["settings"])
    return Trial(content["name"], pd.read_parquet(folder / _MANIFEST), settings)
