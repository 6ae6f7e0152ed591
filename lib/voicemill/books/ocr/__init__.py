"""Pictures of pages: text recognition by whichever program is installed."""
