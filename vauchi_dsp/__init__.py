"""Ultrasonic signal processing between two laptops: buffers in, buffers out, no I/O, no keys, no NumPy at run time."""

from vauchi_dsp.goertzel import GoertzelBank, instruction_sets

__all__ = ["GoertzelBank", "instruction_sets"]
