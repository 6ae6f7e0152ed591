"""Book files of people → a Book: title, chapters, pages of headings and paragraphs."""
