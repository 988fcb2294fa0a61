"""An attempt ends soon, and the answer is there as soon as the last sample is."""

import pytest
from sounding_cost import attempt_cost


@pytest.mark.parametrize("latency", [0.02, 0.3])
def test_an_attempt_is_over_in_three_and_a_half_seconds_and_a_third_of_one_after_its_last_sample(
    latency: float,
) -> None:
    cost = attempt_cost(81, latency)
    assert cost.ended < 3.5
    assert all(0 < cpu < 0.3 for cpu in cost.cpu)
