"""One file per screen, imported when first shown."""
