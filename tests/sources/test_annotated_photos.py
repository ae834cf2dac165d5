from pathlib import Path

from crack_pipeline.sources.pairing import AnnotatedPhotos, list_annotated


def names(*listed):
    return {name: Path("/data") / name for name in listed}


def reasons(images, annotations):
    photos = AnnotatedPhotos(
        names(*images),
        names(*annotations),
        "yolo",
        prefix="train",
        annotation_prefix="train/labels",
    )
    return {entry.image_id: entry.reason for entry in list_annotated(photos)}


def test_photos_are_paired_by_stem():
    photos = AnnotatedPhotos(names("a.jpg"), names("a.txt"), "yolo", "classes", split="test")
    (entry,) = list_annotated(photos)
    assert (entry.image_id, entry.image_path.name, entry.mask_path.name) == ("a", "a.jpg", "a.txt")
    assert (entry.mask_format, entry.annotation, entry.split) == ("yolo", "classes", "test")
    assert (entry.reason, entry.noted, entry.label) == ("", "", None)


def test_left_overs_have_a_reason():
    assert reasons(["a.jpg", "b.jpg"], ["a.txt", "c.txt"]) == {
        "train/a": "",
        "train/b": "image without mask",
        "train/labels/c.txt": "mask without image",
    }


def test_files_of_one_stem_are_set_aside_together():
    kind = "two images with one stem: train/a"
    assert reasons(["a.jpg", "a.png"], ["a.txt"]) == {
        "train/a.jpg": kind,
        "train/a.png": kind,
        "train/labels/a.txt": kind,
    }


def test_a_mask_whose_name_differs_in_case_is_noted():
    photos = AnnotatedPhotos(names("IMG_1.JPG"), names("img_1.txt"), "yolo")
    (entry,) = list_annotated(photos)
    assert entry.noted == "mask_name_variant"
