import pytest

from crack_pipeline.errors import ParameterError
from crack_pipeline.metrics.calibration import Temperature
from crack_pipeline.metrics.curves import ChosenThreshold
from crack_pipeline.prediction.decision import (
    Decision,
    describe_decision,
    read_decision,
    require_views,
)
from crack_pipeline.prediction.model_info import ModelInfo

INFO = ModelInfo(
    task="segmentation",
    model="unet",
    tile_px=64,
    run_id="r1",
    training_id="t1",
    manifest_digest="m1",
    weights_digest="w1",
)
OLD = {
    "threshold": 0.4,
    "chosen_by": "a rule",
    "peak_threshold": 0.7,
    "note": "",
    "temperature": 1.7,
    "temperature_note": "",
    "log_loss": 0.4,
    "log_loss_after_temperature": 0.3,
    "task": "segmentation",
    "model": "unet",
    "run_id": "r1",
    "manifest_digest": "m1",
    "metrics": {"validation_f1_pooled": 0.8, "validation_photos": 4},
}
"""Content of ``decision.json`` before views were noted."""


def test_a_decision_says_what_it_belongs_to_and_its_views():
    decision = describe_decision(
        ChosenThreshold(0.4, 40, 0.8, "", 0.7),
        {"validation_f1_pooled": 0.8, "validation_photos": 4},
        INFO,
        rule="a rule",
        temperature=Temperature(1.7, 0.4, 0.3),
        views="zooms",
    )
    assert decision.model_dump() == {
        **OLD,
        "views": "zooms",
        "training_id": "t1",
        "weights_digest": "w1",
    }
    assert read_decision(decision.model_dump(), INFO) == decision


def test_a_decision_without_views_is_read_and_its_use_refused_by_name():
    decision = read_decision(OLD, INFO)
    assert (decision.threshold, decision.temperature, decision.views) == (0.4, 1.7, None)
    with pytest.raises(ParameterError, match=r"without views.*kedro run --pipeline=evaluate"):
        require_views(decision)
    assert read_decision({"threshold": 0.5, "run_id": "r1"}, INFO).temperature == 1.0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"run_id": "r2"}, "run_id r2 evaluated, r1 trained"),
        ({"run_id": None}, "run_id None evaluated, r1 trained"),
        ({"weights_digest": "w2"}, "weights_digest w2 evaluated, w1 trained"),
        ({"training_id": "t2"}, "training_id t2 evaluated, t1 trained"),
        ({"model": "enet"}, "model enet evaluated, unet trained"),
        ({"manifest_digest": "m2"}, "manifest_digest m2 evaluated, m1 trained"),
        ({"threshold": None}, "threshold"),
    ],
)
def test_a_decision_of_another_model_is_refused(changes, told):
    with pytest.raises(ParameterError, match=f"{told}.*--pipeline=evaluate"):
        read_decision({**OLD, **changes}, INFO)


def test_unknown_views_are_refused():
    with pytest.raises(ParameterError, match="views"):
        read_decision({**OLD, "views": "upside_down"}, INFO)
    assert Decision(threshold=0.5).views is None
