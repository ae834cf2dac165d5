import pandas as pd

from crack_pipeline.models.settings import ClassificationModel
from crack_pipeline.tasks.settings import ClassificationEvaluation
from crack_pipeline.tiles.settings import ResizeSettings
from crack_pipeline.trials.trial import Trial, read_trial, write_trial


def test_a_trial_is_read_as_it_was_written(line_manifest, tiny_settings, tmp_path):
    trial = Trial("fold 0", line_manifest, tiny_settings)
    write_trial(trial, tmp_path)
    read = read_trial(tmp_path)
    assert (read.name, read.settings) == (trial.name, trial.settings)
    assert read.key() == trial.key()
    pd.testing.assert_frame_equal(read.manifest, line_manifest)


def test_the_settings_of_a_classification_come_back_as_such(line_manifest, tiny_settings, tmp_path):
    changed = tiny_settings.model_copy(
        update={
            "task": "classification",
            "tiles": ResizeSettings(tile_px=128),
            "model": ClassificationModel(),
            "evaluation": ClassificationEvaluation(),
        }
    )
    write_trial(Trial("a", line_manifest, changed), tmp_path)
    read = read_trial(tmp_path).settings
    assert read == changed
    assert type(read.tiles) is ResizeSettings


def test_the_key_tells_apart_what_decides_the_result(line_manifest, tiny_settings):
    key = Trial("a", line_manifest, tiny_settings).key()
    other_photos = line_manifest.assign(split=line_manifest["split"].to_numpy()[::-1])
    recipe = tiny_settings.recipe.model_copy(update={"seed": 1})
    assert Trial("b", line_manifest, tiny_settings).key() == key, "a name decides nothing"
    assert Trial("a", other_photos, tiny_settings).key() != key
    assert (
        Trial("a", line_manifest, tiny_settings.model_copy(update={"recipe": recipe})).key() != key
    )


def test_the_key_tells_apart_other_weights_under_the_same_name(
    line_manifest, tiny_settings, tmp_path
):
    file = tmp_path / "start.keras"
    model = tiny_settings.model.model_copy(update={"weights": str(file)})
    trial = Trial("a", line_manifest, tiny_settings.model_copy(update={"model": model}))
    missing = trial.key()
    file.write_bytes(b"first")
    first = trial.key()
    file.write_bytes(b"other")
    assert len({missing, first, trial.key()}) == 3
