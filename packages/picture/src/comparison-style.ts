/** The style of a comparison's page: light and dark, from 360 pixels on. */
export const comparisonCss = `:root{color-scheme:light dark;--page:#fff;--ink:#1b1f24;--soft:#57606a;--hair:#d0d4da;--panel:#f6f7f8;--mark:#3b82f6}
@media (prefers-color-scheme:dark){:root{--page:#15181c;--ink:#e6e8eb;--soft:#9aa4af;--hair:#353b43;--panel:#1d2126}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,"Noto Sans","Noto Sans KR","Apple SD Gothic Neo","Malgun Gothic",sans-serif;-webkit-text-size-adjust:100%}
main{max-width:76rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.5rem;line-height:1.25;margin:0;text-wrap:balance}
h2{font-size:1.25rem;margin:2.6rem 0 .2rem;padding-top:1.2rem;border-top:2px solid var(--hair)}
h3{font-size:1.02rem;margin:1.8rem 0 .4rem}
h4{font-size:.92rem;margin:1.1rem 0 .3rem;font-weight:600;overflow-wrap:anywhere}
p{margin:.3rem 0;max-width:52rem}
.soft,small,figcaption{color:var(--soft);font-size:.85rem}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;padding:0;margin:.8rem 0}
a{color:inherit;text-decoration-color:var(--mark);text-underline-offset:.2em}
.switch{position:sticky;top:0;z-index:2;background:var(--page);padding:.5rem 0;border-bottom:1px solid var(--hair);display:flex;gap:.4rem 1.2rem;flex-wrap:wrap}
.switch label{cursor:pointer}
body:has(#own:checked) .shared,body:not(:has(#own:checked)) .own{display:none}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(5.6rem,1fr));gap:.7rem .6rem;align-items:start}
figure{margin:0;min-width:0}
figure img{display:block;width:100%;image-rendering:pixelated;border:1px solid var(--hair);border-radius:.2rem}
figcaption{overflow-wrap:anywhere;line-height:1.25;margin-top:.15rem}
.text{display:grid;grid-template-columns:11rem 1fr;gap:.1rem 1rem;align-items:baseline;margin:.25rem 0}
.text p{margin:0;max-width:none;font-size:1.08rem;line-height:1.8;white-space:pre-wrap;word-break:keep-all;overflow-wrap:anywhere}
.text b{font-weight:500;font-size:.82rem;color:var(--soft);text-align:right;overflow-wrap:anywhere}
.s{background:var(--g);color:var(--i);padding:.14em .05em;border-radius:.18em;margin-right:1px}
@media (prefers-color-scheme:dark){.s{background:var(--dg);color:var(--di)}}
.unknown{text-decoration:underline dotted 2px;text-underline-offset:.22em}
.unread{color:var(--soft);text-decoration:line-through}
.scroll{overflow-x:auto;max-width:100%}
.scroll svg{display:block;max-width:none;color:var(--ink)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1rem 1.4rem}
.charts>div{min-width:0}
table{border-collapse:collapse;font-size:.84rem;font-variant-numeric:tabular-nums}
th,td{padding:.22rem .55rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--hair);font-weight:400}
th:first-child,td:first-child{text-align:left;position:sticky;left:0;background:var(--page)}
thead th{color:var(--soft);vertical-align:bottom;white-space:normal;min-width:6.2rem}
td small{display:block;font-size:.74rem}
td.best,td.refuted,td.vacuous{font-weight:700}
td.refuted,td.vacuous{color:#d1242f}
.rules th,.rules td{text-align:left}
.rules thead th{min-width:0}
.curves{display:flex;flex-wrap:wrap;gap:.4rem}
.curves svg{color:var(--ink)}
.agree td{min-width:2.7rem;text-align:center}
.agree thead th{min-width:4.8rem;max-width:6rem;overflow-wrap:break-word;font-size:.74rem;text-align:center}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.85rem;margin:.3rem 0}
.key i{display:inline-block;width:.8em;height:.8em;border-radius:.15em;margin-right:.35em;vertical-align:-.05em}
details{margin:.6rem 0}
summary{cursor:pointer;color:var(--soft)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;font-size:.88rem}
dt{font-weight:600}dd{margin:0;min-width:0;overflow-wrap:anywhere}
pre{background:var(--panel);padding:.7rem .9rem;border-radius:.35rem;overflow-x:auto;font-size:.84rem}
@media (max-width:40rem){.text{grid-template-columns:1fr}.text b{text-align:left}dl{grid-template-columns:1fr}dd{margin-bottom:.5rem}th:first-child,td:first-child{min-width:6.8rem;max-width:8.5rem;white-space:normal;overflow-wrap:break-word}}
@media print{*{-webkit-print-color-adjust:exact;print-color-adjust:exact}.switch{display:none}}`;
