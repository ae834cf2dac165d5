"""Pictures inside the page: read, made small enough, written as data URIs."""

import base64
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from PIL import Image, UnidentifiedImageError

from crack_pipeline.reporting.sheet_rows import cut_between_rows

MAX_WIDTH_PX = 1600
_MAX_BYTES = 750_000
_MAX_PNG_BYTES = 250_000
_QUALITIES = (88, 80, 70, 60)
_MAX_TALL_BYTES = 1_500_000
_TALL = 1.25
_WIDE_SHEET_PX = 1300


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that the page holds itself.

    Attributes:
        uri: ``data:image/…;base64,…``.
        width_px: Its width.
        height_px: Its height.
        title: Its caption.
        alt: What it shows, for those who do not see it.
        below: The rest of a tall sheet, cut between its rows so that it prints on several pages.
    """

    uri: str
    width_px: int
    height_px: int
    title: str
    alt: str
    below: tuple["Picture", ...] = ()

    @property
    def is_wide(self) -> bool:
        """Whether it needs the whole width of a page, and scrolls on a phone."""
        return self.width_px >= _WIDE_SHEET_PX or self.width_px > 2 * self.height_px


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture that a run may have left.

    Attributes:
        name: Its file's name without ``.png``.
        title: Its caption.
        alt: What it shows, for those who do not see it.
    """

    name: str
    title: str
    alt: str


@dataclass(frozen=True, slots=True)
class PictureShelf:
    """The pictures that were found.

    Attributes:
        found: Name → picture.
        left_out: Name → sentence that says why it is not there, of those that have a file.
    """

    found: Mapping[str, Picture]
    left_out: Mapping[str, str]

    def take(self, *names: str) -> tuple[Picture, ...]:
        """Pictures of these names, those that are there."""
        return tuple(self.found[name] for name in names if name in self.found)

    def notes(self, *names: str) -> tuple[str, ...]:
        """Sentences about those of these names that have a file and are not shown."""
        return tuple(self.left_out[name] for name in names if name in self.left_out)


def collect_pictures(pictures: Mapping[str, bytes], files: Iterable[PictureFile]) -> PictureShelf:
    """Make the pictures of a run part of a page.

    Args:
        pictures: Name → image file.
        files: The pictures that a page may show.

    Returns:
        The pictures; one that cannot be read is left out with the reason.
    """
    found: dict[str, Picture] = {}
    left_out: dict[str, str] = {}
    for file in files:
        if file.name not in pictures:
            continue
        try:
            found[file.name] = embed_picture(pictures[file.name], title=file.title, alt=file.alt)
        except (OSError, UnidentifiedImageError, ValueError, SyntaxError):
            left_out[file.name] = f"{file.name}.png cannot be read as a picture, left out."
    return PictureShelf(found, left_out)


def embed_picture(content: bytes, *, title: str, alt: str) -> Picture:
    """Make a picture part of a page.

    Drawings stay PNG. What is larger than a drawing, as sheets of photos are, becomes JPEG, of less
    quality and then smaller until it has at most 750 kB, or 1.5 MB where it is taller than wide by
    a quarter. Such a sheet is cut between its rows.

    Args:
        content: An image file.
        title: Its caption.
        alt: What it shows.

    Returns:
        The picture, at most 1600 px wide.

    Raises:
        OSError: If the content cannot be decoded.
    """
    with Image.open(io.BytesIO(content)) as opened:
        is_png = opened.format == "PNG"
        image = _on_white(opened)
    if is_png and image.width <= MAX_WIDTH_PX and len(content) <= _MAX_PNG_BYTES:
        return _as_picture(content, "png", image, title, alt)
    image = _shrink(image, MAX_WIDTH_PX)
    png = _encode(image, "PNG", optimize=True)
    if len(png) <= _MAX_PNG_BYTES:
        return _as_picture(png, "png", image, title, alt)
    is_tall = image.height > _TALL * image.width
    quality, image = _compress(image, _MAX_TALL_BYTES if is_tall else _MAX_BYTES)
    strips = [
        _as_picture(_encode_jpeg(strip, quality), "jpeg", strip, title, alt)
        for strip in (cut_between_rows(image) if is_tall else [image])
    ]
    first, *others = strips
    below = tuple(replace(strip, alt=f"{alt} (continued)") for strip in others)
    return replace(first, below=below)


def _on_white(image: Image.Image) -> Image.Image:
    layered = image.convert("RGBA")
    paper = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(paper, layered).convert("RGB")


def _shrink(image: Image.Image, width_px: int) -> Image.Image:
    if image.width <= width_px:
        return image
    height_px = max(1, round(image.height * width_px / image.width))
    return image.resize((width_px, height_px), Image.Resampling.LANCZOS)


def _compress(image: Image.Image, most_bytes: int) -> tuple[int, Image.Image]:
    """The quality at which it is small enough, and the image, smaller where no quality will do."""
    while True:
        for quality in _QUALITIES:
            if len(_encode_jpeg(image, quality)) <= most_bytes:
                return quality, image
        image = _shrink(image, image.width * 4 // 5)


def _encode_jpeg(image: Image.Image, quality: int) -> bytes:
    return _encode(image, "JPEG", quality=quality, optimize=True, progressive=True)


def _encode(image: Image.Image, kind: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _as_picture(content: bytes, kind: str, image: Image.Image, title: str, alt: str) -> Picture:
    uri = f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
    return Picture(uri, image.width, image.height, title, alt)
