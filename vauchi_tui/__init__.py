"""vauchi: the contact card that stays up to date, for people who live in a terminal.

The package root imports nothing, so that a short command never pays for the interface.
"""

__version__ = "0.1.0"
