"""Template: a calendar file to begin with."""

from __future__ import annotations

TEMPLATE = """\
# Tariff calendar of a SMART X96. Times are those of the local clock of the meter's time_zone.
#
# The season tells the week, the week tells the day, the day tells the tariffs; a special day beats
# the week.
name = "Two tariffs"

# Without this line the calendar rules as soon as the meter has it.
# activation = 2027-01-01T00:00:00

# Each season lasts until another begins. With one week this table may be left out.
[seasons]
summer = { start = "04-01", week = "summer" }
winter = { start = "10-01", week = "winter" }

# Days are mon to sun, or runs of them; each day once.
[weeks]
summer = { mon-fri = "workday", sat-sun = "rest" }
winter = { mon-fri = "winter-workday", sat-sun = "rest" }

# From each time on a tariff rules, 1 to 4; the first time is 00:00.
[days.workday]
"00:00" = 2
"06:00" = 1
"22:00" = 2

[days.winter-workday]
"00:00" = 2
"06:00" = 1
"17:00" = 3
"20:00" = 1
"22:00" = 2

[days.rest]
"00:00" = 2

# Of every year, of one year (2026-12-25), or like 05-last-mon, 02-last, 11-22-thu, 05-*-fri.
[special_days]
01-01 = "rest"
12-25 = "rest"
12-26 = "rest"
"""
"""Text of a file with all its parts."""
