"""Small copies of data sets, the servers that offer them, and ingestion of what they hand over."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from kedro.config import OmegaConfigLoader
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from tests.downloads.archives import build_rar, build_zip
from tests.downloads.servers import Fault, FileServer
from tests.sources import layouts, layouts_annotated

from crack_pipeline import sources
from crack_pipeline.data_source import Download
from crack_pipeline.errors import CrackPipelineError
from crack_pipeline.manifest import usable_rows, validate_manifest
from crack_pipeline.pipelines.ingest import create_pipeline
from crack_pipeline.pipelines.ingest.params import IngestionParams
from crack_pipeline.settings import CONFIG_LOADER_ARGS

CONF = Path(__file__).parents[2] / "conf"
FILE = "/archive"
"""Where the server has the archive."""


@dataclass(frozen=True)
class Copy:
    """A small data set: its files, and the ids of its photos."""

    files: dict[str, bytes]
    ids: list[str]


@cache
def draw_copy(name: str, seed: int = 0) -> Copy:
    """Draw a data set in its real layout."""
    module = layouts if hasattr(layouts, f"write_{name}") else layouts_annotated
    with TemporaryDirectory() as drawn:
        folder = Path(drawn)
        getattr(module, f"write_{name}")(folder, seed)
        photos = sources.list_photos(name, folder)
        return Copy(layouts.read_all(folder), [photo.image_id for photo in photos])


@cache
def load_parameters(env: str) -> dict[str, Any]:
    """Parameters of ingestion in an environment."""
    loader = OmegaConfigLoader(str(CONF), env=env, **CONFIG_LOADER_ARGS)
    return dict(loader["parameters"]["ingestion"])


def ingest(env: str, *, to_node: str = "write_manifest", **changes: Any) -> dict[str, Any]:
    """Run the pipeline to a node; its outputs."""
    ingestion = {**load_parameters(env), "parallel": {"n_jobs": 1}, **changes}
    params = IngestionParams.model_validate(ingestion)
    inputs = {"params:ingestion": MemoryDataset(params), "params:dataset": MemoryDataset(env)}
    outputs = SequentialRunner().run(create_pipeline().to_nodes(to_node), DataCatalog(inputs))
    return {name: output.load() for name, output in outputs.items()}


def check_manifest(outputs: dict[str, Any], name: str) -> None:
    """Every photo of the data set is in the manifest, and nearly all can be used."""
    manifest = validate_manifest(outputs["manifest"])
    assert sorted(manifest["image_id"]) == draw_copy(name).ids
    assert len(usable_rows(manifest)) >= len(manifest) - 1, "CrackForest has one without mask"
    assert set(manifest["source"]) == {name}


@dataclass(frozen=True)
class Place:
    """A data set at one of the servers that offer it."""

    server: FileServer
    name: str
    offer: Download

    @property
    def raw(self) -> Path:
        """Folder of the data set in the project."""
        return Path(load_parameters(self.name)["raw_path"])

    @property
    def archive(self) -> Path:
        """Where the fetched archive lies."""
        return self.raw / "downloads" / self.offer.file_name

    def pack(self, files: dict[str, bytes]) -> bytes:
        """Pack files as the data set is packed."""
        return (build_rar if self.offer.file_name.endswith(".rar") else build_zip)(files)

    def serve(self, content: bytes, *, stated: bytes | None = None, etag: str = '"first"') -> None:
        """Serve an archive; Mendeley Data states the checksum of ``stated``."""
        url = self.server.serve(FILE, content, etag=etag)
        details = {"download_url": url, "sha256_hash": hash_bytes(stated or content)}
        entry = {"filename": self.offer.file_name, "size": len(content), "content_details": details}
        if self.offer.kind == "mendeley":
            self.server.serve_mendeley(self.offer.address, [entry])
        elif self.offer.kind == "kaggle":
            self.server.serve_kaggle(url)

    def serve_copy(self, seed: int = 0, **options: Any) -> bytes:
        """Serve the data set."""
        content = self.pack(draw_copy(self.name, seed).files)
        self.serve(content, **options)
        return content

    def fail(self, fault: Fault) -> None:
        """Let the archive fail once; Kaggle's client opens it before it is fetched."""
        self.server.fail(FILE, *([None] if self.offer.kind == "kaggle" else []), fault)

    def ingest(self, **options: Any) -> dict[str, Any]:
        """Ingest what is served here."""
        download = {"from": self.offer.kind, "retries": 3, "timeout_s": 20}
        return ingest(self.name, download=download, **options)

    def check_refused(self, kind: type[CrackPipelineError], match: str) -> CrackPipelineError:
        """Ingestion fails in plain words, and nothing is unpacked."""
        with pytest.raises(kind, match=match) as raised:
            self.ingest()
        assert raised.value.remedy
        assert not (self.raw / "unpacked").exists()
        return raised.value


def hash_bytes(content: bytes) -> str:
    """SHA-256, as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
