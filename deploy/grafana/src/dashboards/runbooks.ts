import { board, row } from '../board.ts'
import { text } from '../panels.ts'
import { runbooks as pages, panelIdOf } from '../runbooks.ts'

const rowOf = (severity: string, title: string) =>
  row(
    title,
    ...pages
      .filter((page) => page.severity === severity)
      .map(({ alert, text: markdown }) =>
        text({
          title: alert,
          description: `docs/runbooks/${alert}.md`,
          id: panelIdOf(alert),
          width: 8,
          height: 14,
          markdown,
        }),
      ),
  )

export const runbooks = board('runbooks', {
  description: 'What each alert means, where to look and what to do: the pages of docs/runbooks.',
  rows: [
    rowOf('critical', 'Critical: somebody gets up'),
    rowOf('warning', 'Warning: today'),
    rowOf('info', 'Info: good to know'),
  ],
})
