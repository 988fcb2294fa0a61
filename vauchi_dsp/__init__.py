"""Ultrasonic signal processing between two laptops: buffers in, buffers out, no I/O, no keys, no NumPy at run time."""

from vauchi_dsp.goertzel import GoertzelBank, instruction_sets
from vauchi_dsp.modem import Frame, Modem, Receiver
from vauchi_dsp.ranging import Arrivals, burst, find_bursts

__all__ = ["Arrivals", "Frame", "GoertzelBank", "Modem", "Receiver", "burst", "find_bursts", "instruction_sets"]
