"""A bare client of a relay: frames in, frames out, none of the product's client in between."""

from typing import Self

from websockets.asyncio.client import ClientConnection, connect

from vauchi_tui.protocol.frames import (
    SUBPROTOCOL,
    Frame,
    FromServer,
    Hello,
    Message,
    Ok,
    Send,
    address_of,
    decode_from_server,
    encode,
)


class Wire:
    """`async with Wire(url) as wire:` – the Hello has been read and is in `hello`."""

    hello: Hello
    socket: ClientConnection

    def __init__(self, url: str) -> None:
        self._url = url
        self._sent = 0

    async def __aenter__(self) -> Self:
        self.socket = await connect(self._url, subprotocols=[SUBPROTOCOL], compression=None, proxy=None)
        hello = await self.receive()
        assert isinstance(hello, Hello)
        self.hello = hello
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    async def send(self, *frames: Frame) -> None:
        for frame in frames:
            await self.socket.send(encode(frame))

    async def receive(self) -> FromServer:
        data = await self.socket.recv()
        assert isinstance(data, bytes)
        return decode_from_server(data)

    async def take(self, count: int) -> list[FromServer]:
        return [await self.receive() for _ in range(count)]

    async def put(self, token: bytes, *blobs: bytes) -> list[bytes]:
        """Send to the mailbox of `token` and wait until everything is stored; returns the mids."""
        mids = []
        for blob in blobs:
            self._sent += 1
            mids.append(id(self).to_bytes(8, "big") + self._sent.to_bytes(8, "big"))
            await self.send(Send(mids[-1], address_of(token), blob))
        assert await self.take(len(blobs)) == [Ok(mid) for mid in mids]
        return mids

    async def messages(self, count: int) -> list[Message]:
        frames = await self.take(count)
        assert all(isinstance(frame, Message) for frame in frames), frames
        return frames
