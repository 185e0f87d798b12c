import asyncio


async def fail(n):
    await asyncio.sleep(0)
    if n > 1:
        raise RuntimeError(f"job {n}")
    return n


async def main():
    try:
        await fail(2)
    except RuntimeError as error:
        print("caught", error)
    results = await asyncio.gather(fail(1), fail(3), return_exceptions=True)
    print([type(r).__name__ for r in results])


asyncio.run(main())
