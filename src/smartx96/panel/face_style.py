"""Style sheet of a live face."""

from __future__ import annotations

from smartx96.panel.colours import BACKLIT, HOUSING, PAINTS, REFLECTING

_BEHAVIOUR = """
.meter .s{opacity:var(--unlit)}
.meter .s.on{opacity:1}
.meter .s.lamp{color:var(--lamp);opacity:0}
.meter .s.lamp.on{opacity:1}
.meter stop{transition:stop-color .25s}
.meter .key{cursor:pointer;outline:none;touch-action:none;-webkit-tap-highlight-color:transparent}
.meter .key .ring{fill:none;stroke:var(--focus);stroke-width:6;opacity:0}
.meter .key:focus-visible .ring{opacity:1}
.meter .key.pressed .cap,.meter .key:active .cap{transform:translateY(4px);filter:brightness(.82)}
.meter .segments{filter:drop-shadow(3px 4px 0 rgb(0 0 0/var(--shade)))}
@keyframes meter-flash{50%{opacity:var(--unlit)}}
@keyframes meter-turn{33%{opacity:var(--unlit)}}
@media (prefers-reduced-motion:no-preference){
.meter .s.on.flash{animation:meter-flash 1s steps(1) infinite}
.meter .s.on.turn:not(.flash){animation:meter-turn 1.5s steps(1) infinite}
.meter .turn1:not(.flash),.meter .ccw.on~.arc.turn2:not(.flash){animation-delay:.5s}
.meter .turn2:not(.flash),.meter .ccw.on~.arc.turn1:not(.flash){animation-delay:1s}
}
@media (prefers-reduced-motion:reduce){
.meter stop{transition:none}
.meter .s.on.flash{color:var(--still)}
}
"""


def _declarations(colours: dict[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in colours.items())


STYLE = "\n".join(
    [
        f".meter{{display:block;{_declarations(HOUSING | REFLECTING)}}}",
        f".meter.backlit{{{_declarations(BACKLIT)}}}",
        *(f".meter .p-{name}{{{rules}}}" for name, rules in PAINTS.items()),
        _BEHAVIOUR.strip(),
        "",
    ]
)
"""For pages that show a face."""
