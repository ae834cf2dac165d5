import pytest
from kedro.pipeline import Node, Pipeline

from crack_pipeline.hooks.stages import StagesHook


def make_node(name: str, takes: str | None, gives: str, stage: str | None) -> Node:
    return Node(lambda *_: 1, takes, gives, name=name, namespace=stage)


def test_each_stage_is_named_once_and_early_nodes_of_a_later_one_do_not_count(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pipeline = Pipeline(
        [
            make_node("read", None, "photos", "ingest"),
            make_node("baseline", None, "scores", "evaluate"),
            make_node("cut", "photos", "tiles", "cutting"),
            make_node("train", "tiles", "model", "cutting"),
            make_node("measure", "model", "metrics", "evaluate"),
        ]
    )
    caplog.set_level("INFO")
    hook = StagesHook()
    hook.before_pipeline_run(pipeline)
    for node in pipeline.nodes:
        hook.before_node_run(node)
    assert caplog.messages == [
        "Stage 1 of 3, ingest: photos and masks are read, checked and split",
        "Stage 2 of 3, cutting",
        "Stage 3 of 3, evaluate: the model is measured on the test photos",
    ]


def test_a_pipeline_without_stages_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    pipeline = Pipeline([make_node("read", None, "photos", None)])
    hook = StagesHook()
    hook.before_pipeline_run(pipeline)
    hook.before_node_run(pipeline.nodes[0])
    assert caplog.messages == []
