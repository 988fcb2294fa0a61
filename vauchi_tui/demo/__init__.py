"""Simulated air: two people on one machine hear each other without sound cards, at any distance, through a relay."""
