"""PDF, opened in a process of its own, because files of strangers can crash or stall it."""
