"""Notebooks of one's own, for tests: the parameters first, then cells."""

from __future__ import annotations

from pathlib import Path

import nbformat


def write_notebook(project: Path, name: str, parameters: str, *cells: str) -> Path:
    """Write a notebook into a project that has only what it needs."""
    first = nbformat.v4.new_code_cell(parameters)
    first.metadata["tags"] = ["parameters", "hide-in-report"]
    title = nbformat.v4.new_markdown_cell(f"# {name}")
    notebook = nbformat.v4.new_notebook(
        cells=[title, first, *(nbformat.v4.new_code_cell(cell) for cell in cells)]
    )
    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": ""}
    file = project / "notebooks" / f"{name}.ipynb"
    file.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, file)
    return file
