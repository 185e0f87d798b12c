import asyncio


class Session:
    async def __aenter__(self):
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, kind, error, traceback):
        self.closed = True
        return kind is ValueError


async def main():
    async with Session() as session:
        session.closed = False
        raise ValueError("swallowed")
    print(session.closed)


asyncio.run(main())
