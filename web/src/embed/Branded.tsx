import { type ReactNode } from 'react';
import type { Brand } from './brand';
import { Html } from './parts';

// Branded is the element that a partner's style cannot leave, with the partner's mark above the page and words below it.
export function Branded({ of, children }: { of: Brand; children: ReactNode }) {
  return (
    <div className="branded">
      {(of.Logo || of.Header) && (
        <header className="brand-header">
          {of.Logo && <img className="logo" src={of.Logo} alt={of.Name ?? ''} />}
          <Html of={of.Header} className="partner" />
        </header>
      )}
      {children}
      {of.Footer && <footer className="brand-footer"><Html of={of.Footer} className="partner" /></footer>}
    </div>
  );
}
