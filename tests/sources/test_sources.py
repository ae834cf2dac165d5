import pytest
from tests.sources.layouts import touch

from crack_pipeline.downloads.settings import DownloadSettings
from crack_pipeline.errors import LayoutError, ParameterError, SourceError
from crack_pipeline.sources import SOURCES, fetch_photos, find_source, list_photos
from crack_pipeline.sources.starter import StarterSettings
from crack_pipeline.sources.synthetic import SampleSettings

TINY = SampleSettings(n_photos=3, width_px=96, height_px=96)
HOW = {
    "sample": TINY,
    "starting": StarterSettings(),
    "download": DownloadSettings(),
    "n_jobs": 1,
}


@pytest.fixture
def folder(tmp_path):
    for name in ("Positive", "Negative"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_unknown_source_names_the_nearest(tmp_path):
    with pytest.raises(ParameterError, match=r"'class_folder'.*Did you mean class_folders\?"):
        list_photos("class_folder", tmp_path)
    with pytest.raises(ParameterError, match="Known: synthetic, metu, concrete_masks, crackseg"):
        fetch_photos("zzz", None, tmp_path, **HOW)


@pytest.mark.parametrize("name", SOURCES)
def test_each_source_says_what_it_is(name):
    source = find_source(name)
    assert source.name == name
    assert source.title
    assert source.layout
    assert source.licence
    assert all(download.file_name for download in source.downloads)


@pytest.mark.parametrize("source", sorted(set(SOURCES) - {"synthetic"}))
def test_missing_folder_names_the_parameter(source, tmp_path):
    with pytest.raises(SourceError, match=r"ingestion\.path.*does not exist"):
        fetch_photos(source, tmp_path / "none", tmp_path / "raw", **HOW)
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="neither a folder nor a zip, tar or rar"):
        fetch_photos(source, tmp_path / "file", tmp_path / "raw", **HOW)


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_empty_folder_is_an_error_for_every_source(source, tmp_path):
    with pytest.raises(SourceError):
        list_photos(source, tmp_path)


def test_folders_without_files_are_an_error(folder):
    with pytest.raises(SourceError, match="at least one photo"):
        list_photos("class_folders", folder)


def test_pattern_names_the_photo_of_a_patch(folder):
    for name in ("11289-3.jpg", "11289-12.jpg", "7Q3A9060-1.jpg", "IMG_6536.jpg"):
        (folder / "Positive" / name).touch()
    listed = list_photos("class_folders", folder, photo_id_pattern=r"^(.+?)(?:-\d+)?$")
    assert [photo.photo_id for photo in listed] == ["11289", "11289", "7Q3A9060", "IMG_6536"]


def test_stems_that_do_not_match_stay_unnamed(folder):
    (folder / "Positive" / "x.jpg").touch()
    assert list_photos("class_folders", folder, photo_id_pattern=r"(\d+)-")[0].photo_id is None


def test_labels_belong_to_ones_own_photos(folder):
    with pytest.raises(ParameterError, match=r"ingestion\.labels.*source=metu.*source=folder"):
        list_photos("metu", folder, labels_csv=folder / "labels.csv")


def test_sample_is_drawn_and_listed(tmp_path):
    folder = fetch_photos("synthetic", None, tmp_path / "sample", **HOW)
    listed = list_photos("synthetic", folder)
    assert len(listed) == 3
    assert all(photo.mask_path.is_file() for photo in listed)
    assert fetch_photos("synthetic", None, folder, **HOW) == folder


def test_sample_is_not_drawn_among_the_photos_of_others(folder):
    with pytest.raises(SourceError, match=r"of its own.*Negative, Positive.*ingestion\.source"):
        fetch_photos("synthetic", None, folder, **HOW)


def test_two_files_of_one_id_are_refused_with_their_folders(tmp_path):
    touch(tmp_path, "train/images/a.jpg", "images/train/a.jpg")
    for labels in ("train/labels", "labels/train"):
        (tmp_path / labels).mkdir(parents=True)
        (tmp_path / labels / "a.txt").write_text("0 .2 .1 .6 .1 .6 .2")
    with pytest.raises(LayoutError, match=r"train/a in .*/train/images and .*/images/train"):
        list_photos("crackseg", tmp_path)
