import json

import pytest
from tests.prediction.stand_ins import FunctionNetwork

from crack_pipeline.errors import ParameterError, StorageError
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.decision import Decision
from crack_pipeline.prediction.measurement import FalseMarks, MeasurementRecord, read_measurement
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.storage import seal_record

INFO = ModelInfo(task="segmentation", model="dark", tile_px=32, overlap_px=8, training_id="t1")
DECISION = Decision(threshold=0.4, views="flips", **INFO.identity)
RECORD = MeasurementRecord(threshold=0.4, views="flips", a90_95_px=3.2, **INFO.identity)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model.keras").write_bytes(b"loaded at the first prediction")
    for name, record in (("model_info", INFO), ("decision", DECISION), ("measurement", RECORD)):
        sealed = seal_record(record.model_dump(mode="json"))
        (tmp_path / f"{name}.json").write_text(json.dumps(sealed))
    return tmp_path


def test_a_folder_holds_how_well_its_model_measures(folder):
    bundle = ModelBundle.from_folder(folder)
    assert bundle.measurement == RECORD
    assert bundle.error_bars == RECORD.error_bars
    assert bundle.under("none").measurement is None
    assert bundle.decided(DECISION).measurement is None


def test_a_model_of_an_earlier_version_does_not_know_its_errors(folder):
    (folder / "measurement.json").unlink()
    bundle = ModelBundle.from_folder(folder)
    assert (bundle.threshold, bundle.measurement) == (0.4, None)
    assert "before measurements were calibrated" in bundle.error_bars.note


def test_without_a_decision_it_is_left_aside(folder):
    (folder / "decision.json").unlink()
    assert ModelBundle.from_folder(folder).measurement is None


def test_a_record_that_was_changed_is_refused(folder):
    path = folder / "measurement.json"
    path.write_text(path.read_text().replace("3.2", "2.2"))
    with pytest.raises(StorageError, match=r"measurement\.json"):
        ModelBundle.from_folder(folder)


@pytest.mark.parametrize(
    ("change", "received"),
    [
        ({"threshold": 0.5}, "threshold 0.5 measured, 0.4 decided"),
        ({"views": "none"}, "views none measured, flips decided"),
        ({"training_id": "t2"}, "training_id t2 measured, t1 trained"),
        ({"format_version": 2}, "format_version=2"),
        ({"a90_95_px": -1}, "a90_95_px"),
    ],
)
def test_a_record_of_something_else_is_refused(change, received):
    content = {**RECORD.model_dump(), **change}
    with pytest.raises(ParameterError, match=received):
        read_measurement(content, INFO, DECISION)
    with pytest.raises(ParameterError, match=received):
        ModelBundle.assemble(
            FunctionNetwork(None), INFO.model_dump(), DECISION.model_dump(), measurement=content
        )


def test_false_marks_are_a_share_of_the_photos():
    assert FalseMarks(dataset="walls", photos=50, marked=3).rate == 0.06
