import asyncio


async def ticks(n):
    for i in range(n):
        yield i
        await asyncio.sleep(0)


async def main():
    total = 0
    async for tick in ticks(3):
        total += tick
    doubled = [t * 2 async for t in ticks(2)]
    print(total, doubled)


asyncio.run(main())
