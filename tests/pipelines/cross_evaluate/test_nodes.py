"""One model on its own and on other data sets."""

import json

import pytest
from matplotlib.figure import Figure
from tests.pipelines.evaluate.test_nodes import make_inputs, run_nodes

from crack_pipeline.errors import ManifestError, ParameterError
from crack_pipeline.pipelines.cross_evaluate.nodes import cross_evaluate_model
from crack_pipeline.pipelines.cross_evaluate.params import CrossEvaluationParams
from crack_pipeline.pipelines.cross_evaluate.pipeline import create_pipeline


@pytest.fixture
def root(line_manifest, tmp_path):
    other = line_manifest.assign(sha256=[f"other{i}" for i in range(len(line_manifest))])
    (tmp_path / "walls").mkdir()
    other.to_parquet(tmp_path / "walls" / "manifest.parquet", index=False)
    return tmp_path


@pytest.mark.parametrize(
    ("task", "name"), [("segmentation", "f1_pooled"), ("classification", "f1")]
)
def test_each_data_set_is_a_row_and_the_own_one_is_as_evaluated(line_manifest, root, task, name):
    inputs = make_inputs(line_manifest, task)
    decision, _, outputs = run_nodes(inputs)
    params = CrossEvaluationParams(datasets="lines+walls", manifests_path=root, photos="all")
    crossed = cross_evaluate_model(**inputs, decision=decision, cross_evaluate=params)
    assert set(crossed) == create_pipeline().all_outputs()
    table = crossed["cross_evaluation_table"]
    assert table["data_set"].tolist() == ["lines", "walls"]
    assert table["photos"].tolist() == [6, 14]
    assert table[name][0] == outputs["metrics"][f"test_{name}"]
    assert isinstance(crossed["cross_evaluation_matrix"], Figure)
    json.dumps(crossed["cross_evaluation"], allow_nan=False)


def test_a_data_set_besides_the_own_one_must_be_named(root):
    with pytest.raises(ParameterError, match="besides the model's own"):
        CrossEvaluationParams(datasets="lines", manifests_path=root).names("lines")


def test_a_data_set_that_was_not_ingested_is_named(line_manifest, root):
    inputs = make_inputs(line_manifest, "segmentation")
    decision = {"threshold": 0.5}
    params = CrossEvaluationParams(datasets="bridge", manifests_path=root)
    with pytest.raises(ManifestError, match="bridge"):
        cross_evaluate_model(**inputs, decision=decision, cross_evaluate=params)
