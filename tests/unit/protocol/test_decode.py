"""The strict decoder: one exception class, whatever comes."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.decode import (
    DEPTH,
    INTEGER_MAX,
    Reader,
    b64,
    canonical_json,
    check_object,
    strict_json,
    strict_object,
    unb64,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-INTEGER_MAX, INTEGER_MAX) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"a":1,"a":2}',
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"1.5",
        b"1e3",
        str(INTEGER_MAX + 1).encode(),
        str(-INTEGER_MAX - 1).encode(),
        b"9" * 5_000,
        b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1),
        b"[" * 100_000,
        b'"\\ud800"',
        b'["\\udc00"]',
        b'{"\\ud800":1}',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b"\xff\xfe1\x00",
        b'"tab\there"',
        b"1 2",
        b'{"a":1,}',
    ],
)
def test_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        strict_json(data, limit=200_000)


def test_size_is_decided_before_content() -> None:
    with pytest.raises(Malformed, match="larger"):
        strict_json(b'"' + b"x" * 10 + b'"', limit=11)


@given(json_values)
def test_canonical_json_round_trips_or_is_too_deep(value: Any) -> None:
    try:
        data = canonical_json(value)
    except UnicodeEncodeError:  # a lone surrogate never leaves either
        return
    depth = max(_depth(value), 0)
    if depth > DEPTH:
        with pytest.raises(Malformed):
            strict_json(data, len(data))
    else:
        assert strict_json(data, len(data)) == value


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def test_brackets_in_texts_do_not_count_as_depth() -> None:
    assert strict_json(json.dumps("[" * 50 + '\\"').encode(), 200) == "[" * 50 + '\\"'


@given(st.binary(max_size=200))
def test_random_bytes_give_a_value_or_malformed(data: bytes) -> None:
    try:
        strict_json(data, 200)
    except Malformed as error:
        assert error.title


@given(st.binary(max_size=80))
def test_base64_round_trips(data: bytes) -> None:
    assert unb64(b64(data), len(data)) == data


@pytest.mark.parametrize("text", ["A", "AA==", "AB", "A A", "A\n", "é", "A+/A", None, 7, b"AA"])
def test_base64_has_one_form(text: Any) -> None:
    with pytest.raises(Malformed):
        unb64(text)


def test_base64_of_another_length() -> None:
    with pytest.raises(Malformed):
        unb64(b64(bytes(31)), 32)


def test_objects_have_exactly_the_keys_and_types() -> None:
    assert strict_object(b'{"n":1,"s":"x"}', 100, n=int, s=str) == {"n": 1, "s": "x"}
    for bad in (b'{"n":1}', b'{"n":1,"s":"x","t":0}', b'{"n":"1","s":"x"}', b'{"n":true,"s":"x"}', b"[]", b"1"):
        with pytest.raises(Malformed):
            strict_object(bad, 100, n=int, s=str)
    check_object({"flag": True}, flag=bool)


def test_reader_takes_exactly_what_is_there() -> None:
    reader = Reader(b"\x00\x02ab\x01rest")
    assert reader.sized(2, limit=10) == b"ab"
    assert reader.uint(1) == 1
    with pytest.raises(Malformed):
        reader.end()
    with pytest.raises(Malformed):
        reader.take(5)
    assert reader.rest() == b"rest"
    reader.end()


def test_reader_refuses_a_part_over_its_limit() -> None:
    with pytest.raises(Malformed, match="larger"):
        Reader(b"\x00\x0b" + bytes(11)).sized(2, limit=10)


def test_hostile_quotes_cost_no_more_than_their_length() -> None:
    def cost(data: bytes) -> float:
        before = time.process_time()
        with pytest.raises(Malformed):
            strict_json(data, limit=1 << 20)
        return time.process_time() - before

    hostile = cost(b'"' + b'\\"' * (1 << 16))
    assert hostile < 100 * cost(b'"' + b"a" * (1 << 17)) + 0.1


@given(json_values, st.integers(0, 2 * DEPTH))
def test_depth_is_counted_whatever_the_strings_hold(value: Any, levels: int) -> None:
    depth, inner = _depth(value), value
    for level in range(levels):
        inner = [inner, '[{"\\'] if level % 2 else {"[{": inner}
    data = canonical_json(inner)
    if depth + levels > DEPTH:
        with pytest.raises(Malformed):
            strict_json(data, len(data))
    else:
        assert strict_json(data, len(data)) == inner


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0
