"""Whatever arrives, decoding gives a frame that encodes to the very same bytes, or Malformed."""

from hypothesis import example, given
from hypothesis import strategies as st

from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.frames import (
    Acknowledge,
    Drain,
    End,
    Error,
    ErrorCode,
    Hello,
    Message,
    Ok,
    Seen,
    Send,
    Subscribe,
    decode_from_client,
    decode_from_server,
    encode,
)

mids = st.binary(min_size=16, max_size=16)
addresses = st.binary(min_size=32, max_size=32)
blobs = st.binary(min_size=1, max_size=5000)
sequences = st.integers(0, 2**64 - 1)
words = st.text(st.characters(codec="utf-8").filter(str.isprintable), max_size=50)
positive = st.integers(1, 2**53)

from_client = st.one_of(
    st.builds(Send, mids, addresses, blobs),
    st.builds(Subscribe, st.lists(addresses, max_size=20).map(tuple)),
    st.builds(Acknowledge, addresses, sequences),
    st.builds(Seen, addresses, sequences),
)
from_server = st.one_of(
    st.builds(Message, addresses, sequences, blobs),
    st.builds(Ok, mids),
    st.builds(Error, mids, st.sampled_from(ErrorCode), st.integers(0, 65535), words),
    st.builds(End, addresses),
    st.builds(Drain, st.integers(0, 65535)),
    st.builds(Hello, positive, positive, positive, positive, positive),
)


@given(from_client)
def test_a_clients_frame_survives_the_way(frame: Send | Subscribe | Acknowledge | Seen) -> None:
    assert decode_from_client(encode(frame)) == frame


@given(from_server)
def test_a_relays_frame_survives_the_way(frame: Message | Ok | Error | End | Drain | Hello) -> None:
    assert decode_from_server(encode(frame)) == frame


noise = st.builds(lambda op, rest: bytes([op]) + rest, st.integers(0, 12), st.binary(max_size=120)) | st.binary()


@given(noise)
@example(b"\x09" + b"[" * 900)
@example(b'\x09{"time":"\\ud800"}')
def test_noise_is_malformed_or_a_frame_of_exactly_these_bytes(data: bytes) -> None:
    for decode in (decode_from_client, decode_from_server):
        try:
            frame = decode(data)
        except Malformed:
            continue
        assert isinstance(frame, Hello) or encode(frame) == data


@given(from_client, st.data())
def test_a_client_frame_cut_short_is_refused_or_another_frame(frame: Send, data: st.DataObject) -> None:
    whole = encode(frame)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        assert decode_from_client(cut) != frame
    except Malformed:
        assert not isinstance(frame, Send) or len(cut) < 1 + 16 + 32 + 1
