namespace Ensembles.Evaluation;

/// <summary>The report's stylesheet. Fonts are those the reader has; nothing is loaded.</summary>
static class Stylesheet
{
    public const string Css = """
        :root {
          color-scheme: light dark;
          --paper: #fdfdfb; --ink: #1c1d20; --soft: #5c6068; --rule: #d9d9d3; --tint: #f3f3ee;
          --good: #16724a; --bad: #b3261e; --whole: #14213d;
          --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #a6559b;
          --c4: #b8860b; --c5: #3d8fbf; --c6: #6b6b6b; --c7: #8c4a2f;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #16181c; --ink: #e6e5e0; --soft: #a0a4ab; --rule: #34373d; --tint: #1e2126;
            --good: #5fcf9b; --bad: #ff8a80; --whole: #f4f1e6;
            --c0: #56b4e9; --c1: #f08a4b; --c2: #3cc79b; --c3: #d68fcc;
            --c4: #e0b84c; --c5: #8fc7ea; --c6: #b0b0b0; --c7: #d19a82;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 16px/1.55 Charter, "Bitstream Charter", "Iowan Old Style", Palatino, Georgia, "DejaVu Serif", serif; }
        main { max-width: 66rem; margin: 0 auto; padding: 3rem 1.5rem 5rem; }
        h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .25rem; font-weight: 600; text-wrap: balance; }
        h2 { font-size: 1.3rem; margin: 3.25rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--rule);
          font-weight: 600; }
        h3 { font-size: 1.05rem; margin: 2rem 0 .5rem; font-weight: 600; }
        p { margin: .6rem 0; max-width: 52rem; }
        .sub, figcaption, caption, .fine { color: var(--soft); }
        .sub { margin: 0; }
        .nb { white-space: nowrap; }
        .stacked small { display: block; }
        small { font-size: .82em; color: var(--soft); white-space: nowrap; }
        code, pre { font: .86em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
        pre { background: var(--tint); padding: .8rem 1rem; overflow-x: auto; border-radius: 4px; }
        .verdict { margin: 1.5rem 0 0; padding: .9rem 1.1rem; border-left: 4px solid var(--good);
          background: var(--tint); }
        .verdict.invalid { border-left-color: var(--bad); }
        .verdict.warned { border-left-color: var(--ink); }
        .verdict strong:first-child { color: var(--good); letter-spacing: .04em; }
        .verdict.invalid strong:first-child { color: var(--bad); }
        .verdict.warned strong:first-child { color: var(--ink); }
        .verdict ul { margin: .4rem 0 0; padding-left: 1.2rem; }
        .verdict p { margin: .2rem 0 0; }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11.5rem, 1fr)); gap: 0;
          margin: 1.5rem 0 0; border: 1px solid var(--rule); border-radius: 4px; }
        .figures div { padding: .8rem 1rem; border-right: 1px solid var(--rule); }
        .figures div:last-child { border-right: 0; }
        .figures dt { font-size: .84rem; color: var(--soft); }
        .figures dd { margin: 0; font-size: 1.75rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
        .figures dd small { display: block; font-size: .8rem; white-space: normal; }
        .invalid .figures dd { opacity: .55; }
        .readings { list-style: none; padding: 0; margin: 1rem 0; }
        .readings li { padding: .55rem 0; border-top: 1px solid var(--rule); display: grid;
          grid-template-columns: 9.5rem 1fr; gap: 1rem; }
        .readings li:last-child { border-bottom: 1px solid var(--rule); }
        .readings p { margin: .15rem 0 0; font-size: .9rem; }
        .adds { color: var(--good); font-weight: 600; }
        .subtracts, .failed { color: var(--bad); font-weight: 600; }
        .nothing { color: var(--soft); font-weight: 600; }
        .wide { overflow-x: auto; margin: 1.25rem 0; }
        table { border-collapse: collapse; width: 100%; font-size: .86rem; font-variant-numeric: tabular-nums; }
        caption { text-align: left; font-size: .88rem; padding-bottom: .5rem; max-width: 52rem; }
        thead th { border-bottom: 1.5px solid var(--ink); font-weight: 600; vertical-align: bottom; }
        thead th.n { white-space: normal; }
        tbody tr { border-bottom: 1px solid var(--rule); }
        th, td { padding: .38rem .8rem .38rem 0; text-align: left; vertical-align: top; }
        tbody th { font-weight: 500; white-space: nowrap; }
        .n { text-align: right; white-space: nowrap; }
        tr:has(.lead) { background: var(--tint); }
        .lead { font-weight: 700; }
        figure { margin: 1.25rem 0; overflow-x: auto; }
        figcaption { font-size: .88rem; max-width: 52rem; margin-top: .4rem; }
        svg.chart { width: 100%; min-width: 36rem; max-width: 56rem; height: auto; display: block;
          font-family: inherit; }
        .chart text { font-size: 13px; fill: var(--ink); }
        .chart .tick { font-size: 12px; fill: var(--soft); }
        .chart .label { font-size: 12.5px; fill: var(--soft); }
        .chart .grid { stroke: var(--rule); stroke-width: 1; }
        .chart .axis { stroke: var(--soft); stroke-width: 1; }
        .chart .chance { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 4; }
        .chart .mark { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 6 4; opacity: .6; }
        .chart .band { fill: var(--whole); opacity: .1; }
        .chart polyline { fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linejoin: round; }
        .chart circle { fill: currentColor; }
        .chart .leader { stroke: currentColor; stroke-width: .75; opacity: .5; }
        .chart [class^="s"] text { fill: currentColor; }
        .s-whole { color: var(--whole); } .s-whole polyline { stroke-width: 3; } .s-whole text { font-weight: 700; }
        .s-undefended { color: var(--muted, gray); }
        .s-undefended polyline { stroke-width: 1.5; stroke-dasharray: 2 3; }
        .s-strict { color: var(--whole); } .s-strict polyline { stroke-width: 2; stroke-dasharray: 7 4; }
        .s-certified { color: var(--whole); } .s-certified polyline { stroke-width: 2; stroke-dasharray: 1 4; }
        .s0 { color: var(--c0); } .s1 { color: var(--c1); } .s2 { color: var(--c2); } .s3 { color: var(--c3); }
        .s4 { color: var(--c4); } .s5 { color: var(--c5); } .s6 { color: var(--c6); } .s7 { color: var(--c7); }
        .chart .m-lenient line { stroke: currentColor; stroke-width: 2; } .chart .m-lenient { color: var(--whole); }
        .chart .m-strict line { stroke: currentColor; stroke-width: 1.5; } .chart .m-strict { color: var(--soft); }
        .chart .m-strict circle { fill: var(--paper); stroke: currentColor; stroke-width: 1.5; }
        .chart .name { font-weight: 600; }
        .chart .r-adds .note { fill: var(--good); } .chart .r-subtracts .note { fill: var(--bad); }
        .chart .r-nothing .note { fill: var(--soft); }
        .heat { display: inline-block; min-width: 4.5rem; padding: 0 .4rem; border-radius: 3px;
          background: color-mix(in srgb, var(--bad) calc(var(--share) * 55%), transparent); }
        .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1.5rem 1.25rem;
          margin: 1.25rem 0; }
        .gallery figure { margin: 0; }
        .triple { display: grid; grid-template-columns: repeat(3, 1fr); gap: 4px; }
        .triple img { width: 100%; display: block; image-rendering: pixelated; border: 1px solid var(--rule); }
        .gallery figcaption { font-size: .82rem; line-height: 1.4; }
        .gallery small { white-space: normal; }
        details { margin: 1.25rem 0; }
        summary { cursor: pointer; font-size: .92rem; color: var(--soft); }
        .gallery figcaption b { color: var(--ink); }
        @media (max-width: 40rem) {
          .readings li { grid-template-columns: 1fr; gap: .1rem; }
          .figures div { border-right: 0; border-bottom: 1px solid var(--rule); }
        }
        @media print { main { max-width: none; padding: 0; } section { break-inside: avoid-page; } }
        """;
}
