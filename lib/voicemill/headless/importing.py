"""papermill and nbformat, imported without a grammar that takes longer to build than all the rest.

jsonschema, which both use, tries rfc3987_syntax for international web addresses, of which
notebooks have none, and does without it where it is missing.
"""

from __future__ import annotations

import sys
from typing import Any


def import_papermill() -> Any:
    """Import papermill, which takes half a second."""
    _spare_grammar()
    import papermill

    return papermill


def import_nbformat() -> Any:
    """Import nbformat."""
    _spare_grammar()
    import nbformat

    return nbformat


def _spare_grammar() -> None:
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
