"""Settings of the meter: what there is, what is set, and what follows from it together.

`TABLE` declares every setting once; register writes, menu, web form, files and documentation derive
from it. `Settings` are the values of one meter.
"""

from smartx96.settings.setting import Group, Setting, Value
from smartx96.settings.table import (
    BY_ID,
    GAIN_STEP,
    GROUPS,
    KEPT,
    MENU,
    PHASE_STEP,
    PULSE1_STEPS,
    TABLE,
)
from smartx96.settings.together import (
    check_together,
    consequences,
    full_load,
    roll_over_hours,
    shows_mega,
)
from smartx96.settings.transformers import ct_ratio, with_transformers
from smartx96.settings.values import Change, Settings, changes, coded

__all__ = [
    "BY_ID",
    "GAIN_STEP",
    "GROUPS",
    "KEPT",
    "MENU",
    "PHASE_STEP",
    "PULSE1_STEPS",
    "TABLE",
    "Change",
    "Group",
    "Setting",
    "Settings",
    "Value",
    "changes",
    "check_together",
    "coded",
    "consequences",
    "ct_ratio",
    "full_load",
    "roll_over_hours",
    "shows_mega",
    "with_transformers",
]
