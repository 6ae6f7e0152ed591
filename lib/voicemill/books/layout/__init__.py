"""From pieces of text with their places to lines, columns, paragraphs, pages."""
