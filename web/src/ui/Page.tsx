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
