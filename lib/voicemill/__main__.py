"""python -m voicemill: the same as the command voicemill."""

from voicemill.cli import main

main()
