"""EPUB 2 and 3: the package, its tables of contents, its documents."""
