import type { ReactNode } from 'react';
import type { Icon } from '@tabler/icons-react';

// EmptyState says what will be here and offers the first act.
export function EmptyState({ icon: Picture, title, text, children }: { icon: Icon; title: string; text: string; children?: ReactNode }) {
  return (
    <div className="pl-card pl-empty">
      <Picture size={28} aria-hidden />
      <h2>{title}</h2>
      <p>{text}</p>
      {children && <div className="pl-empty-acts">{children}</div>}
    </div>
  );
}
