"""Style of charts on the page: the colours that reports have, light, dark, or as it is chosen."""

from __future__ import annotations

from smartx96.report.charts import style

_CHOSEN = ':root[data-theme="{}"]'

STYLE = "\n".join(
    [
        f":root{{color-scheme:light;{style.LIGHT}}}",
        f"@media (prefers-color-scheme:dark){{:root{{color-scheme:dark;{style.DARK}}}}}",
        f"{_CHOSEN.format('light')}{{color-scheme:light;{style.LIGHT}}}",
        f"{_CHOSEN.format('dark')}{{color-scheme:dark;{style.DARK}}}",
        str(style.STYLE),
    ]
)
"""For pages with charts; others take their colours from it."""
