import numpy as np

from crack_pipeline.trials.result import read_result


def test_a_result_is_read_as_it_was_written(make_result):
    truth = [[1, 0], [1, 0]]
    result = make_result("a", {"x/1": ([[0.9, 0.2], [0.1, 0.6]], truth)}, threshold=0.5)
    photos = result.photos()
    assert photos.loc[0, ["true_positive", "false_positive"]].tolist() == [1, 1]
    assert photos.loc[0, ["false_negative", "true_negative"]].tolist() == [1, 1]
    assert result.histograms().crack.shape == (1, 101)
    assert np.flatnonzero(result.histograms().crack[0]).tolist() == [10, 90]
    assert result.threshold == 0.5


def test_only_a_finished_trial_of_that_key_is_read(make_result):
    result = make_result("a", {"x": ([[0.9]], [[1]])}, threshold=0.5)
    assert read_result("a", result.folder, "another key", was_kept=True) is None
    (result.folder / "finished.json").write_text('{"key": "ke')
    assert read_result("a", result.folder, "key", was_kept=True) is None
    (result.folder / "finished.json").unlink()
    assert read_result("a", result.folder, "key", was_kept=True) is None
