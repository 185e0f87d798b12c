import asyncio


async def producer(queue):
    for item in ("x", "y"):
        await queue.put(item)
    await queue.put(None)


async def consumer(queue):
    seen = []
    while (item := await queue.get()) is not None:
        seen.append(item)
    return seen


async def main():
    queue = asyncio.Queue(maxsize=1)
    _, seen = await asyncio.gather(producer(queue), consumer(queue))
    print(seen)


asyncio.run(main())
