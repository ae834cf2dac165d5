from tests.reporting.contents import make_model_info, make_subject

from crack_pipeline.reporting.training_section import make_training


def _facts(**changes) -> dict[str, str]:
    info = {**make_model_info("segmentation"), **changes}
    return {fact.label: fact.text for fact in make_training(make_subject(model_info=info)).facts}


def test_recipe_seed_backend_device_epochs_and_time_are_told():
    facts = _facts()
    assert facts["Seed"] == "7"
    assert (facts["Backend"], facts["Device"]) == ("tensorflow", "cpu")
    assert facts["Side of its square input"] == "256\u00a0px"
    assert facts["Best epoch, whose weights are kept"] == "3, validation F1 0.700"
    assert facts["Highest learning rate at an epoch's end"] == "0.001"
    assert facts["Time"] == "3 min 20 s"
    assert "Momentum of averaged weights" not in facts


def test_a_model_without_history_has_no_course():
    facts = _facts(history=[], best_value=None)
    assert facts["Best epoch, whose weights are kept"] == "3"
    assert "Time" not in facts
