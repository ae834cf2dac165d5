"""A grid of pictures with captions."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from crack_pipeline.types import RgbImage


def draw_contact_sheet(
    pictures: Sequence[RgbImage],
    captions: Sequence[str],
    *,
    title: str,
    columns: int = 6,
    picture_inch: float = 1.9,
) -> Figure:
    """Lay pictures out in rows.

    Args:
        pictures: (H, W, 3) uint8 each, at least one.
        captions: One a picture; empty for none.
        title: Above the grid.
        columns: Pictures a row.
        picture_inch: Width of a picture.

    Returns:
        The figure.
    """
    rows = -(-len(pictures) // columns)
    height_share = max(picture.shape[0] / picture.shape[1] for picture in pictures)
    figure = Figure(
        figsize=(columns * picture_inch, rows * (picture_inch * height_share + 0.28) + 0.5),
        layout="constrained",
    )
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        axis.set_axis_off()
    for axis, picture, caption in zip(axes, pictures, captions, strict=False):
        axis.imshow(picture, interpolation="nearest")
        axis.set_title(caption, fontsize=7)
    figure.suptitle(title, fontsize=11)
    return figure
