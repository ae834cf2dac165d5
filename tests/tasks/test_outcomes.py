import pytest

from crack_pipeline.errors import ManifestError
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.metrics.calibration import Temperature
from crack_pipeline.metrics.curves import ChosenThreshold
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.tasks.outcomes import (
    Subject,
    describe_decision,
    read_temperature,
    require_same_manifest,
)

INFO = ModelInfo(task="segmentation", model="unet", tile_px=64, run_id="r1", manifest_digest="m1")


def test_a_decision_says_what_it_belongs_to():
    decision = describe_decision(
        ChosenThreshold(0.4, 40, 0.8, "", 0.7),
        {"validation_f1_pooled": 0.8},
        INFO,
        rule="a rule",
        temperature=Temperature(1.7, 0.4, 0.3),
    )
    assert (decision["chosen_by"], decision["peak_threshold"]) == ("a rule", 0.7)
    assert decision["threshold"] == 0.4
    assert read_temperature(decision) == 1.7
    assert read_temperature({"threshold": 0.5}) == 1.0
    assert decision["metrics"] == {"validation_f1_pooled": 0.8}
    assert (decision["run_id"], decision["manifest_digest"]) == ("r1", "m1")


def test_titles_name_data_set_split_size_and_model(line_manifest):
    subject = Subject(lambda batch: batch, INFO, line_manifest, "lines")
    assert subject.title("Masks", "test", 6) == "Masks\nlines, test, 6 photos · unet"


def test_accepts_the_manifest_of_the_training_wherever_it_lies(line_manifest):
    info = INFO.model_copy(update={"manifest_digest": digest_manifest(line_manifest)})
    line_manifest["image_path"] = "/elsewhere/" + line_manifest["image_id"]
    require_same_manifest(info, line_manifest)
    require_same_manifest(INFO.model_copy(update={"manifest_digest": None}), line_manifest)


def test_refuses_a_manifest_split_otherwise(line_manifest):
    info = INFO.model_copy(update={"manifest_digest": digest_manifest(line_manifest)})
    line_manifest.loc[0, "split"] = "test"
    with pytest.raises(ManifestError, match="trained with"):
        require_same_manifest(info, line_manifest)
