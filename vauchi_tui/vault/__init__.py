"""The encrypted profile on disk: places, key slots, database, one class per aggregate (protocol page, section 6)."""
