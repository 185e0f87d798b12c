import asyncio


async def work(name, rounds):
    for i in range(rounds):
        print(name, i)
        await asyncio.sleep(0)
    return name * rounds


async def main():
    results = await asyncio.gather(work("a", 2), work("b", 1))
    print(results)


asyncio.run(main())
