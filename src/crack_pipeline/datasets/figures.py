"""Figures as PNG files, which Kedro-Viz previews and other nodes read as bytes."""

import base64
import io
import json
from pathlib import Path

from kedro.io.core import get_filepath_str
from kedro_datasets._typing import ImagePreview
from kedro_datasets.matplotlib import MatplotlibDataset
from matplotlib.figure import Figure
from PIL import Image
from pydantic import TypeAdapter

from crack_pipeline.errors import StorageError
from crack_pipeline.storage import write_bytes_aside

_PREVIEW_PX = 900


class _PngDataset(MatplotlibDataset):
    @property
    def _path(self) -> Path:
        return Path(get_filepath_str(self._filepath, self._protocol))

    def _render(self, figure: Figure) -> bytes:
        buffer = io.BytesIO()
        figure.savefig(buffer, **self._save_args)
        return buffer.getvalue()


class FigureDataset(_PngDataset):
    """One figure in one PNG file: a node gives a matplotlib figure, another gets PNG bytes."""

    def save(self, data: Figure) -> None:
        """Write the picture; a half-written file never takes the place of a whole one."""
        write_bytes_aside(self._path, self._render(data))

    def load(self) -> bytes:
        """Read the picture as it was written."""
        return self._path.read_bytes()


class FiguresDataset(_PngDataset):
    """Several figures by name, each in ``<name>.png`` beside an index that names them.

    The path in the catalog is that of the index, a JSON list. It is written last: without it there
    are no figures. Pictures that an earlier index named and the new one does not are removed.
    """

    def save(self, data: dict[str, Figure]) -> None:
        """Write the pictures, then the index."""
        pictures = {name: self._render(figure) for name, figure in data.items()}
        try:
            earlier = list_pictures(self._path)
        except StorageError:  # what it named stays as it is
            earlier = []
        self._path.unlink(missing_ok=True)
        for name, content in pictures.items():
            write_bytes_aside(self._path.with_name(f"{name}.png"), content)
        index = json.dumps(list(pictures), indent=2).encode()
        for path in earlier:
            if path.stem not in pictures:
                path.unlink(missing_ok=True)
        write_bytes_aside(self._path, index)

    def load(self) -> dict[str, bytes]:
        """Read the pictures that the index names."""
        return {path.stem: path.read_bytes() for path in list_pictures(self._path)}

    def preview(self) -> ImagePreview:
        """Put the pictures below each other, as wide as a page."""
        shown = [_open_small(path) for path in list_pictures(self._path)]
        height_px = sum(image.height for image in shown)
        strip = Image.new("RGB", (_PREVIEW_PX, max(1, height_px)), "white")
        for number, image in enumerate(shown):
            strip.paste(image, (0, sum(above.height for above in shown[:number])))
        buffer = io.BytesIO()
        strip.save(buffer, "PNG")
        return ImagePreview(base64.b64encode(buffer.getvalue()).decode())


def list_pictures(index: Path) -> list[Path]:
    """List the files that the index of a ``FiguresDataset`` names.

    Args:
        index: Its path; need not be there.

    Returns:
        Paths of PNG files, in the order of the index.

    Raises:
        StorageError: If the index is no list of names.
    """
    if not index.is_file():
        return []
    try:
        names = TypeAdapter(list[str]).validate_json(index.read_bytes())
        return [index.with_name(f"{name}.png") for name in names]
    except ValueError as error:
        raise StorageError(
            "An index of figures is a list of their names.",
            received=f"{index}: {error}",
            remedy="Run the pipeline that draws them again.",
        ) from error


def _open_small(path: Path) -> Image.Image:
    with Image.open(path) as image:
        height_px = max(1, round(image.height * _PREVIEW_PX / image.width))
        return image.convert("RGB").resize((_PREVIEW_PX, height_px))
