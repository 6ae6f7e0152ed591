"""What tests of comparisons share."""

ESPEAKS = ("espeak:en-gb", "espeak:en-us", "espeak:en-gb-scotland")
