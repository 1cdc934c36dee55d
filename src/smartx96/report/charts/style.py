"""Style of charts: colours by class, with a light and a dark value of each.

Phases are told apart by lightness as well as by hue, so that grey prints and colour-blind readers
tell them too: brown and black as IEC 60445 names conductors, a blue grey for the third.
"""

from __future__ import annotations

from smartx96.markup import Markup

LIGHT = """
--ink:#1b2126;--muted:#58636d;--paper:#ffffff;--soft:#f3f5f6;--rule:#d5dbdf;--grid:#e6eaec;
--l1:#a8480f;--l2:#14202b;--l3:#5a97ba;--active:#0b6a6c;--reactive:#b5568c;--single:#2c5a85;
--span:#e9dfc7;--good:#1d6b3a;--look:#8a4b00;--goodpaper:#edf6f0;--lookpaper:#fcf4e6;--limit:#b3261e;
"""
DARK = """
--ink:#e4e8eb;--muted:#a0abb4;--paper:#14181b;--soft:#1c2226;--rule:#39434a;--grid:#2a3237;
--l1:#ec9257;--l2:#eef2f5;--l3:#4484ae;--active:#46b8b4;--reactive:#dd8fbb;--single:#7db2e0;
--span:#4a4128;--good:#7fcf9b;--look:#efb15d;--goodpaper:#16241b;--lookpaper:#2a2112;--limit:#ff8a80;
"""

STYLE = Markup(
    """
.chart{display:block;overflow:visible;font:11.5px/1 system-ui,sans-serif;
font-variant-numeric:tabular-nums}
.chart text{fill:var(--muted)}
.chart .side{text-anchor:end}
.chart .below,.chart .angle,.chart .name{text-anchor:middle}
.chart .angle,.chart .name{dominant-baseline:central}
.chart .name{font-size:13px;font-weight:600;paint-order:stroke;stroke:var(--paper);
stroke-width:3px;stroke-linejoin:round}
.grid,.zero,.rim{fill:none;stroke:var(--grid);stroke-width:1;vector-effect:non-scaling-stroke}
.zero,.rim{stroke:var(--rule)}
.zero{stroke-width:1.5}
.line{fill:none;stroke-width:1.4;stroke-linejoin:round;stroke-linecap:round;
vector-effect:non-scaling-stroke}
.line.reactive{stroke-dasharray:6 3}
.band{opacity:.28}
.span{fill:var(--span)}
.absent{fill:var(--soft)}
.bar.cut{opacity:.35}
.dot{fill:none;stroke-width:5;stroke-linecap:round;vector-effect:non-scaling-stroke}
.limit{fill:none;stroke:var(--limit);stroke-width:1.6;vector-effect:non-scaling-stroke}
.limit.other{stroke-dasharray:5 4;stroke-width:1.2}
.allowed{fill:var(--goodpaper)}
path.voltage,path.current{fill:none;stroke-width:2.2}
path.current{stroke-width:1.6;stroke-dasharray:5 3}
"""
    + "".join(
        f".line.{name},.dot.{name},path.voltage.{name},path.current.{name}{{stroke:var(--{name})}}"
        f".band.{name},.bar.{name},.head.{name},.chart .name.{name}{{fill:var(--{name})}}\n"
        for name in ("l1", "l2", "l3", "active", "reactive", "single")
    )
)
"""For pages that show charts; needs the variables of `LIGHT` or `DARK`."""
