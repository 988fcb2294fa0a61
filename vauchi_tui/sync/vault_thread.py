"""The worker's own connection to the vault, in a thread of its own: the event loop never waits for a disk."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.tx import Tx

T = TypeVar("T")


class VaultThread:
    """Runs transactions one after the other. A caller that is cancelled meanwhile leaves its transaction to finish."""

    def __init__(self, open_vault: Callable[[], Vault]) -> None:
        self._open_vault = open_vault
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="vauchi-sync-vault")
        self._vault: Vault | None = None

    async def open(self) -> None:
        self._vault = await self._run(self._open_vault)

    async def read(self, work: Callable[[Tx], T]) -> T:
        """What `work` makes of one state of the vault."""

        def job() -> T:
            with self._opened().read() as tx:
                return work(tx)

        return await self._run(job)

    async def write(self, work: Callable[[Tx], T]) -> T:
        """The result of `work`, once it has been committed."""

        def job() -> T:
            with self._opened().write() as tx:
                return work(tx)

        return await self._run(job)

    async def data_version(self) -> int:
        return await self._run(lambda: self._opened().data_version())

    def close(self) -> None:
        """Let what is under way finish, then close."""
        if self._vault is not None:
            self._executor.submit(self._vault.close)
        self._executor.shutdown(wait=True)

    def _opened(self) -> Vault:
        if self._vault is None:
            raise RuntimeError("the vault is not open")
        return self._vault

    async def _run(self, job: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, job)
