"""What stands on a page and is not to be narrated, and words as they are meant."""
