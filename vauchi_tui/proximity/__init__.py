"""The proof by sound that two devices are in one room: keys, handshake and distance without I/O, and the sound card."""
