"""What every server of the demo's estate can do: listen, leave, and behave well or in one of the ways of breaking."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ictss_monitor.demo.plan import Mode, Server


class Running(ABC):
    """A server of the estate while it runs."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.mode = Mode.WELL
        self.port = 0

    @abstractmethod
    async def listen(self) -> None:
        """Take the address, and the same port as before if there was one."""

    @abstractmethod
    async def close(self) -> None:
        """Leave the address and end every conversation."""

    async def behave(self, mode: Mode) -> None:
        """Be broken in `mode`, or well again."""
        before, self.mode = self.mode, mode
        await self.close()
        if mode is not Mode.REFUSE:
            await self.listen()
        elif before is Mode.REFUSE:
            raise RuntimeError(f"{self.server.name} refuses already")
