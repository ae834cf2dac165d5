"""Every candidate of conf/ is one that a network and a recipe can have; nothing is trained."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from crack_pipeline.models.builders import BUILDERS
from crack_pipeline.pipelines.compare_models.candidates import (
    CompareModelsParams,
    plan_candidates,
)
from crack_pipeline.pipelines.params import (
    AugmentationParams,
    EvaluationParams,
    ModelParams,
    PreprocessingParams,
    TrainingParams,
)
from crack_pipeline.pipelines.trial_settings import SingleTraining
from crack_pipeline.task_specs import task_names

CONF = Path(__file__).parents[3] / "conf"


def _read(env: str) -> dict[str, Any]:
    path = CONF / env / "parameters" / "compare_models.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))["compare_models"]


BASE = _read("base")


@pytest.mark.parametrize(
    ("task", "candidates"),
    [(task, candidates) for task in task_names() for candidates in BASE[task]],
)
def test_candidates_of_each_set_are_planned(
    task: Any, candidates: str, line_manifest: Any, tmp_path: Path
) -> None:
    single = SingleTraining(
        task,
        "lines",
        PreprocessingParams(store_path=tmp_path),
        AugmentationParams(),
        ModelParams(),
        TrainingParams(unfinished_path=tmp_path, log_path=tmp_path),
        EvaluationParams(),
    )
    params = CompareModelsParams.model_validate({**BASE, "set": candidates, "seeds": 2})
    planned = plan_candidates(line_manifest, single, params)
    assert list(planned) == list(BASE[task][candidates])
    trials = [trial for of_candidate in planned.values() for trial in of_candidate]
    assert len(trials) == 2 * len(planned)
    assert len({trial.key() for trial in trials}) == len(trials), "each differs from the others"
    for trial in trials:
        recipe = trial.settings.recipe
        assert recipe.epochs + recipe.fine_tuning.epochs == params.epochs
        assert recipe.steps_per_epoch == params.steps_per_epoch


def test_architectures_name_every_network() -> None:
    entries = [entry for task in task_names() for entry in BASE[task]["architectures"].values()]
    assert {entry["model"]["name"] for entry in entries} == set(BUILDERS)
