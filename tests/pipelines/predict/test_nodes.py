"""The node that predicts photos, and the run that records it."""

import pytest
from tests.inspection.dark_model import draw_photo, make_bundle

from crack_pipeline.errors import SourceError
from crack_pipeline.inspection.settings import PredictionParams
from crack_pipeline.pipelines.ingest.params import IngestionParams
from crack_pipeline.pipelines.predict import nodes
from crack_pipeline.pipelines.predict.pipeline import create_pipeline
from crack_pipeline.tracking import reports
from crack_pipeline.tracking.reports import use_stores
from crack_pipeline.tracking.store import TrackingStore

INGESTION = IngestionParams(raw_path="raw", checks_path="checks", primary_path="primary")


@pytest.fixture
def store(tiny_project, monkeypatch):
    """Store of a project whose newest model takes dark for crack."""
    monkeypatch.setattr(nodes, "choose_model", lambda *_, **__: (make_bundle(), "a stand-in"))
    monkeypatch.setattr(reports, "_stores", ())
    place = (tiny_project / "mlartifacts").as_uri()
    store = TrackingStore(f"sqlite:///{tiny_project / 'mlflow.db'}", "trials", place)
    use_stores(store, store)
    return store


def predict(tiny_project, **params):
    params = {"photos": tiny_project / "photos", "mm_per_px": 0.5, **params}
    nodes.predict_photos(PredictionParams(**params), INGESTION, "segmentation", "tiny")


def list_runs(store):
    experiments = [one.experiment_id for one in store.client.search_experiments()]
    return store.client.search_runs(experiments)


def test_a_prediction_is_a_run_of_its_own(store, tiny_project):
    draw_photo(tiny_project / "photos" / "a.png")
    predict(tiny_project)
    results = tiny_project / "data" / "07_model_output" / "tiny" / "inspections" / "photos_cracks"
    assert (results / "report.html").is_file()
    (run,) = list_runs(store)
    assert (run.info.run_name, run.info.status) == ("predict photos", "FINISHED")
    assert run.data.params["mm_per_px"] == "0.5"
    assert run.data.params["threshold"] == "0.5"
    assert (run.data.metrics["photos"], run.data.metrics["cracks"]) == (1, 0)
    assert run.data.metrics["doubtful_cracks"] == 1
    kept = {file.path for file in store.client.list_artifacts(run.info.run_id, "reports")}
    assert kept == {f"reports/{name}" for name in ("cracks.csv", "photos.csv", "report.html")}


def test_one_that_is_not_wanted_or_comes_to_no_end_leaves_no_run(store, tiny_project):
    with pytest.raises(SourceError, match="at least one photo"):
        (tiny_project / "photos").mkdir()
        predict(tiny_project)
    draw_photo(tiny_project / "photos" / "a.png")
    predict(tiny_project, track=False)
    assert list_runs(store) == []
    assert not list((tiny_project / "outbox").glob("*"))


def test_failed_photos_fail_the_command_after_all_others_are_done(store, tiny_project):
    draw_photo(tiny_project / "photos" / "a.png")
    (tiny_project / "photos" / "b.png").write_text("no photo")
    with pytest.raises(SourceError, match=r"1 photo of 2 failed: b\.png \(not an image\)"):
        predict(tiny_project)
    (run,) = list_runs(store)
    assert (run.data.metrics["failed_photos"], run.info.status) == (1, "FINISHED")


def test_the_pipeline_starts_from_parameters_alone():
    assert create_pipeline().inputs() == {
        f"params:{name}" for name in ("prediction", "ingestion", "task", "dataset")
    }
