"""The figures Voicemill is held to, printed side by side: `make bench`."""
