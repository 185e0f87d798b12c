class InsufficientFunds(Exception):
    def __init__(self, needed, balance):
        super().__init__(f"need {needed}, have {balance}")
        self.needed = needed


class Account:
    bank = "First Bank"

    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance
        self.log = []

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError("amount must be positive")
        self.balance += amount
        self.log.append(("deposit", amount))

    def withdraw(self, amount):
        if amount > self.balance:
            raise InsufficientFunds(amount, self.balance)
        self.balance -= amount
        self.log.append(("withdraw", amount))


account = Account("Ada", 50)
account.deposit(25)
for amount in (30, 100):
    try:
        account.withdraw(amount)
    except InsufficientFunds as error:
        print("refused:", error, error.needed)
try:
    account.deposit(-1)
except ValueError as error:
    print(error)
print(account.balance, account.log)
