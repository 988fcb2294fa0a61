"""Sans-I/O machines and encodings: what goes between two devices, and between a device and a relay."""
