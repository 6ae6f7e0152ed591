"""What the exit codes of the command line mean."""

EXIT_FAILED = 1  # it could not go on, or found what a person has to mend
EXIT_USAGE = 2  # a wrong name or parameter; nothing was started
EXIT_SOME_FAILED = 3  # it ran to the end, and some items failed
EXIT_CANCELLED = 4  # it was asked to stop, and did so in good order
