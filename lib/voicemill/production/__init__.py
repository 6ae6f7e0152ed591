"""Plan, render, run: from a table to finished files.

    planning    what would be made, and why
    rendering   one job becomes one file
    running     all jobs of a plan, some at once

Import from the modules: this page stays empty so that the command line, which only needs
`progress`, does not wait for the catalog and the codecs.
"""
