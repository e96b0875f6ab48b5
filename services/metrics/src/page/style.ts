/** The page's stylesheet, a file of its own so that the content security policy needs no inline style. */
export const stylesheet = `:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem }
h1 { font-size: 1.25rem; margin: 0 }
.verdict { font-size: 1.5rem; margin: .25rem 0 }
.fault { border-left: .25rem solid #c0392b; padding-left: .75rem }
table { border-collapse: collapse; display: block; margin: 1.5rem 0; overflow-x: auto }
caption { font-weight: 600; padding-bottom: .25rem; text-align: left; white-space: nowrap }
th, td { border-bottom: 1px solid #8886; padding: .25rem .75rem .25rem 0; text-align: left; white-space: nowrap }
td { font-variant-numeric: tabular-nums }
`
