import pytest

from crack_pipeline.baselines.settings import BlackHatSettings
from crack_pipeline.tasks.settings import ClassificationEvaluation, SegmentationEvaluation
from crack_pipeline.trials.measuring import COUNTS
from crack_pipeline.trials.trivial import prepare_classifiers, prepare_detectors


def test_detectors_find_dark_lines(line_manifest):
    settings = SegmentationEvaluation(
        baseline=BlackHatSettings(kernel_px=(11,), smoothing_px=(0.0,))
    )
    models = prepare_detectors(line_manifest, settings, border_px=4)
    assert set(models) == {"black_hat", "grey_threshold"}
    for measure in models.values():
        photos = measure(line_manifest)
        assert photos["image_id"].tolist() == [f"photo_{number:02d}" for number in range(8, 14)]
        assert (photos[list(COUNTS)].sum(axis=1) == 64 * 48).all()
        assert photos["true_positive"].sum() > 0.95 * 3 * 165


def test_the_border_alone_knows_less_than_the_whole_photo(line_manifest):
    models = prepare_classifiers(line_manifest, ClassificationEvaluation(), border_px=4)
    whole = models["grey_percentiles"](line_manifest)
    border = models["border_percentiles"](line_manifest)
    assert (whole["false_positive"] + whole["false_negative"]).sum() == 0
    assert (border["false_positive"] + border["false_negative"]).sum() > 0
    assert whole["probability"].between(0, 1).all()


def test_other_splits_are_measured_without_looking_again(line_manifest, monkeypatch):
    models = prepare_classifiers(line_manifest, ClassificationEvaluation(), border_px=4)
    monkeypatch.setattr("crack_pipeline.trials.trivial.read_image", pytest.fail)
    swapped = line_manifest["split"].replace({"train": "test", "test": "train"})
    photos = models["grey_percentiles"](line_manifest.assign(split=swapped))
    assert len(photos) == 4
