"""Figures and ratios against peers, measured in one run: `make bench`. Nothing here is asserted."""
