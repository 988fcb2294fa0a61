"""The only door to PyNaCl and cryptography. Pure functions; randomness comes in as an argument."""
