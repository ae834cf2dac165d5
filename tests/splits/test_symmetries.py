import numpy as np
import pytest

from crack_pipeline.splits.symmetries import (
    COMPOSED,
    INVERSES,
    MATRICES,
    SYMMETRY_NAMES,
    apply_symmetry,
)

PHOTO = np.arange(12).reshape(3, 4)


def test_the_eight_are_different():
    square = np.arange(9).reshape(3, 3)
    assert len({apply_symmetry(square, number).tobytes() for number in range(8)}) == 8
    assert len(set(SYMMETRY_NAMES)) == 8


def test_names_say_what_is_done():
    assert apply_symmetry(PHOTO, 4).tolist() == PHOTO[:, ::-1].tolist()
    assert apply_symmetry(PHOTO, 6).tolist() == PHOTO[::-1].tolist()
    assert apply_symmetry(PHOTO, 1).tolist() == np.rot90(PHOTO).tolist()


@pytest.mark.parametrize("number", range(8))
def test_inverses_undo(number):
    back = apply_symmetry(apply_symmetry(PHOTO, number), int(INVERSES[number]))
    assert back.tolist() == PHOTO.tolist()


@pytest.mark.parametrize("after", range(8))
@pytest.mark.parametrize("before", range(8))
def test_composed_does_both(after, before):
    both = apply_symmetry(apply_symmetry(PHOTO, before), after)
    assert apply_symmetry(PHOTO, int(COMPOSED[after, before])).tolist() == both.tolist()


@pytest.mark.parametrize("number", range(8))
def test_places_move_with_the_photo(number):
    marked = np.zeros((5, 9), int)
    marked[1, 7] = 1
    moved = apply_symmetry(marked, number)
    middle = (np.array(moved.shape[::-1]) - 1) / 2
    x, y = MATRICES[number] @ (np.array([7, 1]) - [4, 2]) + middle
    assert moved[int(y), int(x)] == 1


def test_a_stack_is_turned_photo_by_photo():
    stack = np.arange(24).reshape(2, 3, 4)
    for number in range(8):
        expected = [apply_symmetry(photo, number).tolist() for photo in stack]
        assert apply_symmetry(stack, number).tolist() == expected
