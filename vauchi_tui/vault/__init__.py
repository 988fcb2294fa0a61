"""The encrypted profile on disk: places, key slots, database, one class per aggregate (PROTOCOL.md section 6)."""
