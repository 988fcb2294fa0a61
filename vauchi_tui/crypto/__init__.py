"""The only door to PyNaCl and cryptography: primitives, hybrid KEM, Noise, Double Ratchet, passphrases. No I/O."""
