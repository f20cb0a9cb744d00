"""asyncio: a hundred associations in one thread

`AsyncAE` is `AE` with `await`. An association that waits costs neither a thread nor processor time.

It prints::

    open at the same time: 100
    answers: {0}
"""

import asyncio

from dulcimer import AsyncAE
from dulcimer.sop_class import Verification

COUNT = 100


async def main() -> None:
    async with AsyncAE("SERVER") as server_entity, AsyncAE("CLIENT") as client:
        server_entity.maximum_associations = COUNT
        server_entity.add_supported_context(Verification)
        client.add_requested_context(Verification)
        server = await server_entity.start_server(("127.0.0.1", 0), block=False)
        address = server.server_address
        associations = await asyncio.gather(*(client.associate(*address) for _ in range(COUNT)))
        print("open at the same time:", sum(one.is_established for one in associations))
        answers = await asyncio.gather(*(one.send_c_echo() for one in associations))
        print("answers:", {int(answer.Status) for answer in answers})
        await asyncio.gather(*(one.release() for one in associations))


asyncio.run(main())
