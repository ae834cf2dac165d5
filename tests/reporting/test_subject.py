import pytest
from tests.reporting.contents import make_manifest, make_subject

from crack_pipeline.errors import ParameterError
from crack_pipeline.reporting.subject import require_same_model


def test_source_photos_are_counted_by_group_or_else_by_photo():
    manifest = make_manifest()
    assert make_subject(manifest=manifest).count_photos("test") == (4, 2)
    ungrouped = manifest.assign(group_id=manifest["group_id"].where(manifest.index < 0))
    assert make_subject(manifest=ungrouped).count_photos("train") == (6, 3)


def test_missing_and_misshapen_parts_are_empty():
    subject = make_subject(evaluation={"detection": None, "strata": {}})
    assert dict(subject.part("detection")) == {}
    assert list(subject.records("strata")) == []


def test_an_evaluation_of_another_model_is_refused():
    info = {"task": "segmentation", "model": "unet", "run_id": "a", "manifest_digest": "m"}
    require_same_model(info, info)
    require_same_model(info, {**info, "run_id": None})
    with pytest.raises(ParameterError, match="--pipeline=evaluate"):
        require_same_model(info, {**info, "run_id": "b"})
    with pytest.raises(ParameterError, match="model enet evaluated, unet trained"):
        require_same_model(info, {**info, "model": "enet"})
