"""Codes drawn in a terminal and read from pictures."""
