import type { ReactNode } from 'react';

// PageHead is the title of a page, one sentence, and what can be done here.
export function PageHead({ title, lead, children }: { title: ReactNode; lead?: ReactNode; children?: ReactNode }) {
  return (
    <div className="pl-head">
      <div>
        <h1>{title}</h1>
        {lead && <p>{lead}</p>}
      </div>
      {children && <div className="pl-acts">{children}</div>}
    </div>
  );
}

// Section is a card with a heading, for pages of several forms.
export function Section({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  return (
    <section className="pl-card pl-section" aria-label={title}>
      <h2>{title}</h2>
      {lead && <p className="pl-dim">{lead}</p>}
      {children}
    </section>
  );
}
