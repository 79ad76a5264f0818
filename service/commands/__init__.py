"""One module for each command of `dyadwire`: `add` declares its arguments, `run` does it.

Each imports what it needs when it runs, so that `dyadwire --help` and a mistyped argument answer at
once.
"""
