"""Voicemill: tables in, finished and reviewed speech audio out.

from voicemill import Studio
studio = Studio.open()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voicemill.studio import Studio

__version__ = "0.1.0"
__all__ = ["Studio", "__version__"]


def __getattr__(name: str) -> Any:
    # Studio brings the catalog and the codecs; `import voicemill` alone stays quick.
    if name == "Studio":
        from voicemill.studio import Studio

        return Studio
    raise AttributeError(f"module 'voicemill' has no attribute '{name}'")
