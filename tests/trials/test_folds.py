import pandas as pd
import pytest

from crack_pipeline.errors import ManifestError, SplitError
from crack_pipeline.trials.folds import plan_folds


def _plan(manifest, settings, n_folds=3):
    return plan_folds(manifest, settings, n_folds=n_folds, validation_share=0.4, seed=0)


def test_each_photo_is_held_out_once_and_test_photos_never(line_manifest, tiny_settings):
    trials = _plan(line_manifest, tiny_settings)
    held = pd.concat([t.manifest.loc[t.manifest["split"] == "test", "image_id"] for t in trials])
    assert sorted(held) == [f"photo_{number:02d}" for number in range(8)]
    assert [trial.name for trial in trials] == ["fold_0", "fold_1", "fold_2"]
    for trial in trials:
        assert len(trial.manifest) == 8
        assert set(trial.manifest["split"]) == {"train", "validation", "test"}


def test_no_group_is_divided(line_manifest, tiny_settings):
    pairs = line_manifest.assign(group_id=[f"g{number // 2}" for number in range(14)])
    for trial in _plan(pairs, tiny_settings, n_folds=2):
        parts = trial.manifest.groupby("group_id")["split"].agg(set)
        assert all(len(part) == 1 for part in parts)


def test_folds_of_the_manifest_are_taken(line_manifest, tiny_settings):
    folds = pd.array([0, 0, 0, 0, 1, 1, 1, 1, *[None] * 6], dtype="Int8")
    trials = _plan(line_manifest.assign(fold=folds), tiny_settings, n_folds=5)
    held = [t.manifest.loc[t.manifest["split"] == "test", "image_id"].tolist() for t in trials]
    assert held == [
        [f"photo_{number:02d}" for number in range(4)],
        [f"photo_{number:02d}" for number in range(4, 8)],
    ]


def test_set_aside_photos_take_no_part(line_manifest, tiny_settings):
    status = line_manifest["status"].where(line_manifest["image_id"] != "photo_03", "set_aside")
    trials = _plan(line_manifest.assign(status=status), tiny_settings)
    assert all("photo_03" not in set(trial.manifest["image_id"]) for trial in trials)


def test_folds_of_some_photos_only_are_refused(line_manifest, tiny_settings):
    folds = pd.array([0, 1, *[None] * 12], dtype="Int8")
    with pytest.raises(ManifestError, match="6 of 8 photos without a fold"):
        _plan(line_manifest.assign(fold=folds), tiny_settings)


def test_a_group_in_two_folds_is_refused(line_manifest, tiny_settings):
    folds = pd.array([0, 1, 0, 1, 0, 1, 0, 1, *[None] * 6], dtype="Int8")
    with pytest.raises(SplitError, match="group one in 2 folds"):
        _plan(line_manifest.assign(fold=folds, group_id="one"), tiny_settings)


def test_too_few_groups_are_refused(line_manifest, tiny_settings):
    groups = ["a"] * 4 + ["b"] * 10
    with pytest.raises(SplitError, match="at least two groups"):
        _plan(line_manifest.assign(group_id=groups), tiny_settings, n_folds=2)
