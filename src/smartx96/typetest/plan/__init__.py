"""Plan: every check of the type test as data, from the table of limits and the lists below."""
