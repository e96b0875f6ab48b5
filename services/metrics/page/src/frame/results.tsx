import { dismiss, results } from '../state/results.ts'

/** One line for each thing that was done here, until it is dismissed; the activity view keeps them. */
export const Results = () => {
  const shown = results.value.filter(({ isShown }) => isShown)
  if (shown.length === 0) return null
  return (
    <section class="results" aria-label="Results">
      {shown.map(({ id, text, problem, link }) => (
        <div class={`result ${problem ? 'bad' : 'ok'}`} key={id} role={problem ? 'alert' : undefined}>
          <p>
            <span aria-hidden="true">{problem ? '■ ' : '✓ '}</span>
            {text}
            {problem && (
              <>
                : {problem.detail} <code>{problem.code}</code>
                {problem.requestId && (
                  <>
                    {' '}
                    request <code>{problem.requestId}</code>
                  </>
                )}
              </>
            )}{' '}
            {link && <a href={link.href}>{link.text}</a>}
          </p>
          <button type="button" class="quiet" aria-label={`Dismiss: ${text}`} onClick={() => dismiss(id)}>
            ✕
          </button>
        </div>
      ))}
    </section>
  )
}
