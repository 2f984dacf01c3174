module ssnn

go 1.26
