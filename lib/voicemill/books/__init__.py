"""Book files of people → a Book: title, chapters, pages of headings and paragraphs.

reading                   any file: what kind it is, who reads it; table: its pages as rows
epub/ html/ docx/ text/   formats that say what is a heading and what a note
pdf/ ocr/                 formats that say only where on a page something stands
layout/ cleaning/         finding lines, columns, paragraphs there; and what is no text
spoken/                   sentences, dialogue, pauses
"""
