"""Plan, render, run: from a table to finished files.

    planning     what would be made, and why
    rendering    one job becomes one file
    running      all jobs of a plan, some at once; making is its loop, ledger its memory
    stopping     how a run is asked to stop, and limits how long it may take
    again        planning what failed or went missing
    recordings/  what people recorded, instead of made

Import from the modules: this page stays empty so that the command line, which only needs
`progress`, does not wait for the catalog and the codecs.
"""
