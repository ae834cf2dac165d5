from kedro.pipeline import Pipeline
from pydantic import BaseModel

from crack_pipeline.pipelines.wiring import make_node
from crack_pipeline.types import Task


class Params(BaseModel):
    """Some parameters."""

    tile_px: int = 8


def cut(manifest: dict, task: Task, cutting: Params, sheet: bytes | None = None) -> tuple: ...


def test_arguments_find_data_sets_and_parameters_by_name():
    node = make_node(cut, "tiles", "left_out", tags="cutting")
    assert node.inputs == ["manifest", "params:task", "params:cutting"]
    assert node.outputs == ["tiles", "left_out"]
    assert (node.name, node.tags) == ("cut", {"cutting"})


def test_arguments_with_a_default_are_left_alone_unless_they_are_wanted():
    node = make_node(cut, "tiles", name="cut_again", with_defaults=True)
    assert node.inputs[-1] == "sheet"
    assert (node.name, node.outputs) == ("cut_again", ["tiles"])


def test_outputs_by_name_are_taken_from_a_dict():
    def name_outputs(number: int) -> dict[str, int]:
        return {"half": number // 2, "double": 2 * number}

    node = make_node(name_outputs, "double", "half", returns_dict=True)
    assert Pipeline([node]).outputs() == {"double", "half"}
    assert node.run({"number": 4}) == {"double": 8, "half": 2}
