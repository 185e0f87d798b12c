import asyncio


async def double(n):
    await asyncio.sleep(0)
    return n * 2


async def main():
    one = await double(1)
    two = await double(one)
    print(one, two)
    return two


print(asyncio.run(main()))
