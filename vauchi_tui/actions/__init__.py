"""Use cases, one module each. The interface and the command line call these and nothing below."""
