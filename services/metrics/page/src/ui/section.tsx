import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

export interface SectionProps {
  readonly title: string
  /** Beside the title. */
  readonly aside?: ComponentChildren
  readonly children: ComponentChildren
}

/** A part of a view, under a heading of its own. */
export const Section = ({ title, aside, children }: SectionProps) => {
  const id = useId()
  return (
    <section class="section" aria-labelledby={id}>
      <div class="section-head">
        <h3 id={id}>{title}</h3>
        {aside}
      </div>
      {children}
    </section>
  )
}

export interface ViewProps {
  readonly title: string
  readonly lead?: ComponentChildren
  readonly children: ComponentChildren
}

/** What stands in the main part of the page; its heading takes the focus when the view changes. */
export const ViewFrame = ({ title, lead, children }: ViewProps) => (
  <>
    <div class="view-head">
      <h2 id="view-title" tabIndex={-1}>
        {title}
      </h2>
      {lead && <p class="lead">{lead}</p>}
    </div>
    {children}
  </>
)
