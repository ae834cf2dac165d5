from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from tests.pipelines.explain.inputs import make_inputs

from crack_pipeline.pipeline_registry import register_pipelines
from crack_pipeline.pipelines.explain import create_pipeline

PARAMETERS = ("task", "explanation", "dataset")


def test_needs_an_evaluated_model_and_leaves_figures_and_scores():
    pipeline = create_pipeline()
    assert pipeline.inputs() == {
        "model",
        "model_info",
        "manifest",
        "decision",
        "evaluation_report",
        *(f"params:{name}" for name in PARAMETERS),
    }
    assert {node.name for node in pipeline.nodes} == {node.func.__name__ for node in pipeline.nodes}


def test_attaches_to_the_run_of_the_model_and_is_no_part_of_train():
    pipelines = register_pipelines()
    assert all("attaches" in node.tags for node in pipelines["explain"].nodes)
    trained = {node.name for node in pipelines["train"].nodes}
    assert not trained & {node.name for node in pipelines["explain"].nodes}


def test_runs_on_a_catalog_in_memory(line_manifest):
    inputs = make_inputs(line_manifest, "segmentation")
    named = {
        f"params:{name}" if name in PARAMETERS else name: value for name, value in inputs.items()
    }
    catalog = DataCatalog(
        {name: MemoryDataset(value, copy_mode="assign") for name, value in named.items()}
    )
    outputs = SequentialRunner().run(create_pipeline(), catalog)
    assert set(outputs) == {
        "network_figures",
        "explanation_scores",
        "explanation_metrics",
        "explanation_report",
        "explanation_sheet",
    }
    assert outputs["explanation_metrics"].load()["explain_saliency_pointing_game"] == 1.0
