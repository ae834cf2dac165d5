import pytest
from tests.prediction.stand_ins import bundle_of

from crack_pipeline.errors import ManifestError
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.tasks.outcomes import Subject, require_same_manifest

INFO = ModelInfo(task="segmentation", model="unet", tile_px=64, run_id="r1", manifest_digest="m1")


def test_titles_name_split_and_size(line_manifest):
    subject = Subject(bundle_of(lambda batch: batch, INFO), line_manifest, "lines")
    assert subject.title("Masks", "test", 6) == "Masks, 6 test photos"


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
