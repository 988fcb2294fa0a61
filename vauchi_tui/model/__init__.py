"""What things are: card, field, contact, visibility rules, clocks and limits. Pure values, no I/O."""
