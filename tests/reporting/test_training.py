from tests.reporting.contents import make_model_info

from crack_pipeline.prediction.model_info import read_model_info
from crack_pipeline.reporting.training import list_training_facts


def facts_of(**changes) -> dict[str, str]:
    return dict(
        list_training_facts(read_model_info({**make_model_info("segmentation"), **changes}))
    )


def test_recipe_seed_backend_device_epochs_and_time_are_told():
    facts = facts_of()
    assert facts["Seed"] == "7"
    assert (facts["Backend"], facts["Device"]) == ("tensorflow", "cpu")
    assert facts["Side of its square input"] == "256\u00a0px"
    assert facts["Best epoch, whose weights are kept"] == "3, validation F1 0.700"
    assert facts["Highest learning rate at an epoch's end"] == "0.001"
    assert facts["Time"] == "3 min 20 s"
    assert "Momentum of averaged weights" not in facts


def test_a_model_without_history_has_no_course():
    facts = facts_of(history=[], best_value=None)
    assert facts["Best epoch, whose weights are kept"] == "3"
    assert "Time" not in facts
    assert facts_of(run_id=None)["MLflow run"] == "not tracked"
