"""Style of the page: screen in light and dark, phone, print on A4."""

from __future__ import annotations

from smartx96.markup import Markup
from smartx96.report.charts import style as charts

_PAGE = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:860px;margin:0 auto;padding:40px 28px 16px}
.kind{margin:0;color:var(--muted);font-size:12.5px;letter-spacing:.06em;text-transform:uppercase}
h1{margin:.1em 0 .7em;font-size:28px;line-height:1.2;font-weight:650;overflow-wrap:anywhere}
h2{margin:0 0 14px;font-size:18px;line-height:1.3;font-weight:650}
section{margin-top:44px}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(190px,1fr));gap:12px 24px;margin:0}
dt{color:var(--muted);font-size:12.5px}
dd{margin:0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
dt::first-letter{text-transform:uppercase}
.verdict{margin-top:28px;padding:14px 18px;border-left:4px solid var(--look);
background:var(--lookpaper);border-radius:0 6px 6px 0}
.verdict.good{border-color:var(--good);background:var(--goodpaper)}
.verdict h2{margin:0;color:var(--look);font-size:16px}
.verdict.good h2{color:var(--good)}
.verdict ul{margin:8px 0 0;padding-left:18px}
.verdict li+li{margin-top:4px}
.verdict .note{color:var(--muted)}
.wide{overflow-x:auto}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
caption{padding-bottom:4px;text-align:left;color:var(--muted);font-size:12.5px}
th,td{padding:5px 0 5px 14px;text-align:right;border-bottom:1px solid var(--rule);
white-space:nowrap;vertical-align:baseline}
th:first-child{padding-left:0;text-align:left}
thead th{color:var(--muted);font-size:12.5px;font-weight:500}
tbody th{font-weight:400}
tbody th::first-letter{text-transform:uppercase}
tbody td:last-child{font-weight:600}
.dense{font-size:13px}
.dense th,.dense td{padding-top:3px;padding-bottom:3px}
.dense td:last-child{font-weight:400}
td small{display:block;color:var(--muted);font-size:11px;line-height:1.2}
.extremes td:nth-child(2),.extremes td:nth-child(4),.extremes td:nth-child(5){font-weight:600}
.extremes td:nth-child(3),.extremes td:nth-child(6){color:var(--muted)}
figure{margin:0}
section>*+*{margin-top:22px}
figcaption,.small{margin:10px 0 0;color:var(--muted);font-size:12.5px}
figcaption::first-letter{text-transform:uppercase}
figure svg.chart{margin-left:60px;width:calc(100% - 92px)}
figure svg.phasors{width:100%;max-width:400px;margin:0 auto}
.panel+.panel,.chart+.legend{margin-top:20px}
.panel .line.l2{stroke-dasharray:9 6}
.panel .line.l3{stroke-dasharray:3 5}
.channel{margin:14px 0 2px;font-size:13px;font-weight:600}
.channel small{margin-left:8px;color:var(--muted);font-size:12px;font-weight:400}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:0 0 6px 60px;padding:0;list-style:none;
font-size:12.5px}
.legend svg{margin-right:6px}
details{margin-top:22px}
summary{cursor:pointer;color:var(--single)}
details .wide{margin-top:12px}
.notes{margin-bottom:0;padding-left:18px}
.channels dl:last-child{display:block}
.channels dl:last-child>div{margin-top:10px}
.channels dl:last-child dt{color:var(--ink);font-size:inherit;font-weight:600}
footer{max-width:860px;margin:32px auto 0;padding:16px 28px 40px;color:var(--muted);
font-size:12.5px}
@media (max-width:560px){
main{padding:24px 16px 8px}
body{font-size:14px}
h1{font-size:22px}
dl{grid-template-columns:repeat(auto-fill,minmax(140px,1fr))}
th,td{padding-left:10px}
th:first-child{position:sticky;left:0;background:var(--paper)}
figure svg.chart{margin-left:40px;width:calc(100% - 66px)}
.legend{margin-left:40px}
.chart .below:nth-of-type(2n){display:none}
footer{padding:16px 16px 32px}
}
@page{size:A4;margin:15mm 14mm}
@media print{
body{font-size:9.5pt}
main,footer{max-width:none;padding:0}
section{margin-top:8mm}
h2,caption,.channel,.legend{break-after:avoid}
h2+*{break-before:avoid}
.panel,tr,dl>div,.verdict,.phasor,.wave,.spectrum,.chart{break-inside:avoid}
figcaption{break-before:avoid}
details:not([open]){display:none}
figure svg.phasors{max-width:310px}
.verdict,.span,.band,.bar{-webkit-print-color-adjust:exact;print-color-adjust:exact}
.wide{overflow:visible}
}
"""

_DARK = f"@media screen and (prefers-color-scheme:dark){{:root{{{charts.DARK}}}}}"

STYLE = Markup(f":root{{{charts.LIGHT}}}{_DARK}{_PAGE}{charts.STYLE}")
"""Style sheet of the page; colours of the dark one are for screens only."""
