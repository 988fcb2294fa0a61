"""The command line: every action, scriptable. Textual is never imported for it."""
