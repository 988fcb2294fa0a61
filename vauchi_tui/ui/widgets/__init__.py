"""The widgets the screens are made of. They know rows, cells and keys, no actions."""
