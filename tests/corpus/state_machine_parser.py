def parse_csv_line(line):
    fields, field, state = [], "", "plain"
    for char in line + ",":
        if state == "quoted":
            if char == '"':
                state = "plain"
            else:
                field += char
        elif char == '"':
            state = "quoted"
        elif char == ",":
            fields.append(field)
            field = ""
        else:
            field += char
    return fields


print(parse_csv_line('a,"b,c",d'))
