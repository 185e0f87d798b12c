from datetime import date, datetime, timedelta

start = datetime(2024, 2, 28, 22, 30)
for hours in (1, 2, 26):
    moment = start + timedelta(hours=hours)
    print(moment.isoformat(), moment.strftime("%a %j"))
birthday = date(2000, 2, 29)
age = (start.date() - birthday).days // 365
parsed = datetime.strptime("05/03/2024", "%d/%m/%Y")
print(age, parsed, birthday.replace(year=2004))
