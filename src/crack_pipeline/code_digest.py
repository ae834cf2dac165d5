"""Digest of the code that decides a result: one change of what is executed, another digest.

What is kept on disk is found again by such digests. They are of the syntax tree, so that
docstrings, comments, the form of the text, and names and places of files make nothing again.
"""

import ast
import functools
import gc
import hashlib
from pathlib import Path

_PACKAGE = Path(__file__).parent


def digest_code(*parts: str, package: Path = _PACKAGE) -> str:
    """Digest of modules of this package.

    Args:
        *parts: Files, and folders of files, relative to the package.
        package: Its folder.

    Returns:
        64 hexadecimal digits.

    Raises:
        FileNotFoundError: If a part is missing.

    >>> digest_code("types.py") == digest_code("types.py", "errors.py")
    False
    """
    modules: set[Path] = set()
    for part in parts:
        path = package / part
        if not path.exists():
            raise FileNotFoundError(path)
        modules.update(path.rglob("*.py") if path.is_dir() else [path])
    return hashlib.sha256("".join(sorted(map(_digest_module, modules))).encode()).hexdigest()


@functools.cache
def _digest_module(path: Path) -> str:
    return digest_source(path.read_bytes())


def digest_source(source: bytes | str) -> str:
    """Digest of the syntax tree of a module.

    Args:
        source: Its text.

    Returns:
        64 hexadecimal digits.

    >>> digest_source("a = 1") == digest_source("a = (1)  # one")
    True
    >>> digest_source("a = 1") == digest_source("a = 1.0")
    False
    """
    collects = gc.isenabled()
    gc.disable()  # a tree has no cycles, and looking for them takes as long as making it
    try:
        lines = _list_nodes(ast.parse(source))
    finally:
        if collects:
            gc.enable()
    return hashlib.sha256("\x1f".join(lines).encode(errors="surrogatepass")).hexdigest()


def _list_nodes(tree: ast.AST) -> list[str]:
    """Types, values and lengths of all nodes, in one order: each tree has a list of its own."""
    lines: list[str] = []
    waiting: list[object] = [tree]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.AST):
            lines.append(repr(node))
            continue
        lines.append(type(node).__name__)
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                kept = [part for part in value if not _is_text_alone(part)]
                lines.append(f"[{len(kept)}]")
                waiting.extend(kept)
            elif isinstance(value, ast.AST):
                lines.append(".")
                waiting.append(value)
            else:
                lines.append(repr(value))
    return lines


def _is_text_alone(node: object) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
