"""One model on its own and on other data sets."""

import json
from pathlib import Path

import cv2
import pytest
from matplotlib.figure import Figure
from tests.pipelines.evaluate.test_nodes import make_inputs, run_nodes

from crack_pipeline.errors import ManifestError, ParameterError
from crack_pipeline.pipelines.cross_evaluate.nodes import (
    CrossEvaluationParams,
    cross_evaluate_model,
)
from crack_pipeline.pipelines.cross_evaluate.pipeline import create_pipeline


@pytest.fixture
def root(wall_manifest, tmp_path):
    (tmp_path / "walls").mkdir()
    wall_manifest.to_parquet(tmp_path / "walls" / "manifest.parquet", index=False)
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


def test_near_copies_are_left_out_and_said_in_table_matrix_and_report(
    line_manifest, wall_manifest, root
):
    cv2.imwrite(
        wall_manifest["image_path"].iloc[13], cv2.imread(line_manifest["image_path"].iloc[1])[::-1]
    )
    crossed = cross(line_manifest, root)
    table = crossed["cross_evaluation_table"]
    assert table["photos"].tolist() == [6, 13]
    assert table["left_out"].tolist() == ["", "0 same bytes, 1 near-copy"]
    assert table["not_checked"].tolist() == ["", ""]
    (label,) = labels_of(crossed, "walls")
    assert "left out: 0 same bytes, 1 near-copy" in label
    own, walls = crossed["cross_evaluation"]["data_sets"]
    assert own["left_out"] is None
    assert walls["left_out"]["near_copies"][0]["other_id"] == "photo_01"
    json.dumps(crossed["cross_evaluation"], allow_nan=False)


def test_what_was_not_compared_stands_beside_the_matrix(line_manifest, root):
    for path in line_manifest.loc[line_manifest["split"] != "test", "image_path"]:
        Path(path).unlink()
    crossed = cross(line_manifest, root)
    assert crossed["cross_evaluation_table"]["not_checked"].tolist() == [
        "",
        "near-copies not checked",
    ]
    assert "near-copies not checked" in labels_of(crossed, "walls")[0]


def test_how_many_photos_were_drawn_is_said(line_manifest, root, caplog):
    with caplog.at_level("INFO"):
        crossed = cross(line_manifest, root, most_photos=5)
    table = crossed["cross_evaluation_table"]
    assert table["photos"].tolist() == [6, 5]
    assert table["drawn_from"].tolist() == [6, 14]
    assert "walls, 5 of 14 photos" in labels_of(crossed, "walls")[0]
    assert "walls: 5 of 14 photos were drawn" in caplog.text
    assert "5 of 14" in caplog.text.split("photos", 1)[1]


def cross(line_manifest, root, **changes):
    params = CrossEvaluationParams(datasets="walls", manifests_path=root, photos="all", **changes)
    inputs = make_inputs(line_manifest, "classification")
    decision = {"threshold": 0.5, "views": "none"}
    return cross_evaluate_model(**inputs, decision=decision, cross_evaluate=params)


def labels_of(crossed, name):
    axes, _colour_bar = crossed["cross_evaluation_matrix"].axes
    return [tick.get_text() for tick in axes.get_yticklabels() if tick.get_text().startswith(name)]


def test_a_data_set_besides_the_own_one_must_be_named(root):
    with pytest.raises(ParameterError, match="besides the model's own"):
        CrossEvaluationParams(datasets="lines", manifests_path=root).names("lines")


def test_a_data_set_that_was_not_ingested_is_named(line_manifest, root):
    inputs = make_inputs(line_manifest, "segmentation")
    decision = {"threshold": 0.5, "views": "none"}
    params = CrossEvaluationParams(datasets="bridge", manifests_path=root)
    with pytest.raises(ManifestError, match="bridge"):
        cross_evaluate_model(**inputs, decision=decision, cross_evaluate=params)
