"""What a notebook is asked to do: which one, and its parameters, checked before it starts."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from voicemill.errors import ParameterError, UnknownName
from voicemill.headless.importing import import_nbformat
from voicemill.parameters import NOTEBOOKS, like_defaults, validated
from voicemill.settings import Settings

PARAMETERS_TAG = "parameters"  # of the cell that papermill overrides


def find_notebook(name: str, settings: Settings) -> Path:
    """Return the notebook of that name. Raises UnknownName with close matches."""
    folder = settings.root / "notebooks"
    found = {file.stem: file for file in sorted(folder.glob("*.ipynb"))}
    stem = Path(name).name.removesuffix(".ipynb")
    if stem not in found:
        raise UnknownName("notebook", name, found, where=str(folder))
    return found[stem]


def checked_parameters(
    notebook: str, given: Mapping[str, Any], settings: Settings
) -> dict[str, Any]:
    """Return parameters as the notebook wants them, checked together with its own defaults.

    given: text is turned into what the parameter is; "007", "no" and "nan" stay text where
    text is wanted.  A notebook of one's own has the types of its defaults.
    Raises UnknownName, and ParameterError listing every unknown name and wrong value.
    """
    source = find_notebook(notebook, settings)
    defaults = _defaults(source, source.stat().st_mtime_ns)
    kind = NOTEBOOKS.get(source.stem) or like_defaults(source.stem, defaults)
    values = validated(kind, {**defaults, **given}).model_dump()
    return {name: values[name] for name in given}


def parameters_of_file(file: Path) -> dict[str, Any]:
    """Read parameters from a YAML or JSON file, all values as the text they are written as.

    YAML would read 007 as 7 and no as false; what a value is meant to be, the notebook knows.
    Raises ParameterError.
    """
    import yaml

    try:
        content = yaml.load(file.read_text(encoding="utf-8-sig"), Loader=yaml.BaseLoader)
    except OSError as error:
        raise ParameterError(
            f"it cannot be read ({error.strerror})",
            where=str(file),
            remedy="Check the name after -f, and that you may read it",
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ParameterError(
            f"it is not YAML ({' '.join(str(error).split())})",
            where=str(file),
            remedy="Write one parameter a line, like limit: 4",
        ) from error
    if not isinstance(content, dict):
        content = {} if content in (None, "") else content
    if not isinstance(content, dict):
        raise ParameterError(
            "it holds no names with values",
            where=str(file),
            remedy="Write one parameter a line, like limit: 4",
        )
    return content


@lru_cache(maxsize=64)
def _defaults(source: Path, _changed_ns: int) -> dict[str, Any]:
    """Read what a notebook's parameters cell sets.

    papermill's own reading drops lines with a second "=" and types with a dot in them.
    """
    nbformat = import_nbformat()
    found: dict[str, Any] = {}
    for cell in nbformat.read(source, as_version=4).cells:
        if PARAMETERS_TAG in cell.metadata.get("tags", ()):
            for statement in ast.parse(cell.source).body:
                found |= _assigned(statement)
    return found


def _assigned(statement: ast.stmt) -> dict[str, Any]:
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets = [statement.target]
    else:
        return {}
    assert statement.value is not None
    try:
        value = ast.literal_eval(statement.value)
    except ValueError:  # an expression: whatever is given for it is taken as it is
        value = None
    return {target.id: value for target in targets if isinstance(target, ast.Name)}
