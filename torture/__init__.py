"""Torture: hostile files, bad input, faults and odd programs, by the thousand, as figures.

    python -m torture                    a sample of everything, with a scorecard
    python -m torture --full --write     all of it, for lamina and for Keras; docs/reliability.md

Each probe is a module with a function `run`, which yields figures. All chance comes from seeds.
"""
