from crack_pipeline.pipeline_registry import TRAIN_STAGES, register_pipelines


def test_train_chains_every_stage() -> None:
    pipelines = register_pipelines()
    assert set(pipelines) >= {*TRAIN_STAGES, "train", "__default__"}
    expected = {node.name for stage in TRAIN_STAGES for node in pipelines[stage].nodes}
    assert {node.name for node in pipelines["train"].nodes} == expected
    assert {node.name for node in pipelines["__default__"].nodes} == expected


def test_train_starts_from_parameters_alone() -> None:
    inputs = register_pipelines()["train"].inputs()
    assert all(name.startswith("params:") for name in inputs)


def test_boxes_of_a_chain_leave_names_of_data_and_parameters_alone() -> None:
    pipelines = register_pipelines()
    names = {name for stage in TRAIN_STAGES for name in pipelines[stage].datasets()}
    assert pipelines["train"].datasets() == names
    assert {node.namespace for node in pipelines["train"].nodes} == set(TRAIN_STAGES)


def test_one_node_trains_and_those_that_look_at_a_model_attach() -> None:
    pipelines = register_pipelines()
    trains = [node.name for node in pipelines["train"].nodes if "trains" in node.tags]
    assert trains == ["fit.fit_model"]
    assert all("attaches" in node.tags for node in pipelines["evaluate"].nodes)
    assert not any({"trains", "attaches"} & node.tags for node in pipelines["ingest"].nodes)
