"""Voicemill: tables in, finished and reviewed speech audio out."""
