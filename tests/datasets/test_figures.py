import base64
import io
from pathlib import Path

import pytest
from kedro.io import DatasetError
from matplotlib.figure import Figure
from PIL import Image

from crack_pipeline.datasets.figures import FigureDataset, FiguresDataset, list_pictures


def draw_figure() -> Figure:
    figure = Figure(figsize=(2, 1))
    figure.add_subplot().plot([0, 1])
    return figure


def size_of(content: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(content)).size


@pytest.fixture
def figures(tmp_path):
    return FiguresDataset(filepath=str(tmp_path / "run" / "figures.json"), save_args={"dpi": 50})


def test_a_figure_is_saved_as_asked_and_loaded_as_png(tmp_path):
    path = tmp_path / "folder" / "curve.png"
    dataset = FigureDataset(filepath=str(path), save_args={"dpi": 50})
    assert not dataset.exists()
    dataset.save(draw_figure())
    assert dataset.exists()
    assert size_of(dataset.load()) == (100, 50)
    assert base64.b64decode(dataset.preview()) == dataset.load() == path.read_bytes()
    assert [file.name for file in path.parent.iterdir()] == ["curve.png"]


def test_a_figure_that_cannot_be_drawn_leaves_the_earlier_one(tmp_path):
    dataset = FigureDataset(filepath=str(tmp_path / "curve.png"))
    dataset.save(draw_figure())
    earlier = dataset.load()
    broken = draw_figure()
    broken.suptitle("$\\frac{$")
    with pytest.raises(Exception, match="Failed while saving"):
        dataset.save(broken)
    assert dataset.load() == earlier


def test_figures_are_files_of_their_names_beside_an_index(figures, tmp_path):
    assert not figures.exists()
    figures.save({"roc_curve": draw_figure(), "headline": draw_figure()})
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        *("roc_curve.png", "headline.png", "figures.json"),
    }
    loaded = figures.load()
    assert list(loaded) == ["roc_curve", "headline"]
    assert {size_of(content) for content in loaded.values()} == {(100, 50)}


def test_pictures_of_an_earlier_run_are_removed_and_strange_ones_stay(figures, tmp_path):
    figures.save({"detection": draw_figure(), "headline": draw_figure()})
    (tmp_path / "run" / "mine.png").touch()
    figures.save({"headline": draw_figure()})
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        *("headline.png", "mine.png", "figures.json"),
    }
    assert list(figures.load()) == ["headline"]


def test_an_interrupted_save_does_not_count(figures, tmp_path, monkeypatch):
    figures.save({"headline": draw_figure(), "strata": draw_figure()})

    def stop(path, content):
        raise KeyboardInterrupt

    monkeypatch.setattr("crack_pipeline.datasets.figures.write_bytes_aside", stop)
    with pytest.raises(KeyboardInterrupt):
        figures.save({"headline": draw_figure()})
    assert not figures.exists()


def test_no_figures_are_kept_as_none(figures):
    figures.save({})
    assert figures.exists()
    assert figures.load() == {}


def test_the_preview_shows_all_of_them(figures):
    figures.save({"a": draw_figure(), "b": draw_figure()})
    assert size_of(base64.b64decode(figures.preview())) == (900, 900)


def test_no_index_names_no_pictures(tmp_path):
    assert list_pictures(tmp_path / "figures.json") == []


@pytest.mark.parametrize("index", ["null", "{}", "[1]", "", '["a/b"]'])
def test_an_index_of_another_shape_is_one_error_and_is_replaced(figures, index):
    path = Path(figures._filepath)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(index)
    with pytest.raises(DatasetError, match="list of their names"):
        figures.load()
    figures.save({"a": draw_figure()})
    assert set(figures.load()) == {"a"}
