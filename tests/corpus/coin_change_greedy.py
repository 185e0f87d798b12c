def change(amount, coins=(50, 20, 10, 5, 2, 1)):
    result = {}
    for coin in coins:
        count, amount = divmod(amount, coin)
        if count:
            result[coin] = count
        if not amount:
            break
    return result


print(change(93), change(0), change(7, coins=(5, 1)))
