from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from crack_pipeline.masks.pairing import pair_by_stem


def paths(*names: str) -> list[Path]:
    return [Path(name) for name in names]


def test_pairs_by_stem_whatever_the_order():
    pairing = pair_by_stem(paths("b.jpg", "a.jpg"), paths("a.png", "b.png"))
    assert pairing.pairs == [(Path("a.jpg"), Path("a.png")), (Path("b.jpg"), Path("b.png"))]


def test_what_is_left_over_is_told():
    pairing = pair_by_stem(
        paths("a.jpg", "alone.jpg", "twice.jpg", "twice.png", "two_masks.jpg"),
        paths("a.png", "lost.png", "twice.png", "two_masks.png", "two_masks.bmp"),
    )
    assert pairing.pairs == [(Path("a.jpg"), Path("a.png"))]
    assert pairing.images_without_mask == paths("alone.jpg")
    assert pairing.masks_without_image == paths("lost.png")
    assert pairing.ambiguous_images == paths("twice.jpg", "twice.png")
    assert pairing.images_with_several_masks == paths("two_masks.jpg")
    assert pairing.ambiguous_masks == paths("two_masks.bmp", "two_masks.png")


STEMS = st.lists(st.sampled_from("abcdef"), unique=True)


@given(STEMS, STEMS)
def test_no_photo_is_lost(images, masks):
    pairing = pair_by_stem([Path(f"{s}.jpg") for s in images], [Path(f"{s}.png") for s in masks])
    assert len(pairing.pairs) + len(pairing.images_without_mask) == len(images)
    assert len(pairing.pairs) + len(pairing.masks_without_image) == len(masks)
    assert all(image.stem == mask.stem for image, mask in pairing.pairs)
