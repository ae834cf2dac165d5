"""Every candidate of conf/ is one that a network and a recipe can have; nothing is trained."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from crack_pipeline.models.builders import BUILDERS
from crack_pipeline.pipelines.compare_models import nodes
from crack_pipeline.pipelines.compare_models.params import CompareModelsParams
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
    task: Any,
    candidates: str,
    line_manifest: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planned = []
    monkeypatch.setattr(nodes, "run_trials", lambda trials, *_, **__: planned.extend(trials) or [])
    monkeypatch.setattr(nodes, "describe_comparison", lambda results, **_: results)
    monkeypatch.setattr(nodes, "tabulate_candidates", lambda results: _Silent())
    single = SingleTraining(
        task,
        "lines",
        PreprocessingParams(store_path=tmp_path),
        AugmentationParams(),
        ModelParams(),
        TrainingParams(unfinished_path=tmp_path, log_path=tmp_path),
        EvaluationParams(),
    )
    nodes.train_candidates(
        line_manifest, single, CompareModelsParams.model_validate({**BASE, "set": candidates})
    )
    assert len(planned) == len(BASE[task][candidates])
    assert len({trial.key() for trial in planned}) == len(planned), "each differs from the others"


class _Silent:
    """A table that nothing is read of."""

    def drop(self, **_: Any) -> "_Silent":
        return self

    def to_string(self, **_: Any) -> str:
        return ""


def test_architectures_name_every_network() -> None:
    entries = [entry for task in task_names() for entry in BASE[task]["architectures"].values()]
    assert {entry["model"]["name"] for entry in entries} == set(BUILDERS)
