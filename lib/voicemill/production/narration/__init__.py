"""Narration: pages as scripts of sentences, each made once and joined to the page's file."""
