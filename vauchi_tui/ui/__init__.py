"""The terminal interface: Textual over `actions`, nothing below. `app.run` starts it."""
