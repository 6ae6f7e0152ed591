"""The store of finished files: a folder or an object store, with one behaviour.

store         Store: what everybody uses
folder        files on this machine
remote        files behind any other fsspec URL
troubles      what can go wrong there, in sentences without secrets
file_names    what a finished file is called
"""

from voicemill.catalog.store.file_names import FileName
from voicemill.catalog.store.places import Entry
from voicemill.catalog.store.store import Store

__all__ = ["Entry", "FileName", "Store"]
