"""What leaves Voicemill in the formats of others.

exporting    export_book: everything that can be made of a narrated book, by name
m4b, folders, zipped, librivox, acx, epub    each of them
readalong    EPUB 3 with media overlays
result       what an export has made
"""
