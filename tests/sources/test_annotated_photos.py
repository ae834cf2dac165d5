from pathlib import Path

from crack_pipeline.sources.pairing import pair_by_stem


def names(*listed):
    return {name: Path("/data") / name for name in listed}


def reasons(images, annotations):
    listed = pair_by_stem(
        names(*images),
        names(*annotations),
        prefix="train",
        mask_prefix="train/labels",
        mask_format="yolo",
    )
    return {entry.image_id: entry.reason for entry in listed}


def test_photos_are_paired_by_stem():
    facts = {"mask_format": "yolo", "annotation": "classes", "split": "test"}
    (entry,) = pair_by_stem(names("a.jpg"), names("a.txt"), **facts)
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
    (entry,) = pair_by_stem(names("IMG_1.JPG"), names("img_1.txt"), mask_format="yolo")
    assert entry.noted == "mask_name_variant"


def test_two_photos_of_one_stem_without_annotation_are_set_aside():
    kind = "two images with one stem: train/a"
    assert reasons(["a.jpg", "a.png"], []) == {"train/a.jpg": kind, "train/a.png": kind}
