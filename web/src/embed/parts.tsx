import { type ReactNode, useEffect, useId, useRef } from 'react';
import { t } from '../text/embed';
import { type Application, Refusal, type State } from './ask';

export function Tiles({ of, size = 32 }: { of: Application[] | undefined; size?: number }) {
  return (
    <span className="tiles" aria-hidden="true">
      {(of ?? []).slice(0, 4).map((a) => (
        <span className="tile" key={a.Name} style={{ width: size, height: size }} data-hue={hue(a.Name)}>
          {a.Icon ? <img src={a.Icon} alt="" /> : a.Name.slice(0, 2)}
        </span>
      ))}
    </span>
  );
}

function hue(name: string): number {
  let sum = 0;
  for (const c of name) sum = (sum * 31 + c.charCodeAt(0)) >>> 0;
  return sum % 8;
}

export function Pill({ state }: { state: State }) {
  return <span className={`pill pill-${state.toLowerCase()}`}>{t(`state.${state}`)}</span>;
}

// Spark draws what was done day by day; the words beside it say how much it is.
export function Spark({ days, trouble }: { days: number[] | undefined; trouble: boolean }) {
  if (!days) return null;
  const most = Math.max(...days, 1);
  const line = days.map((n, i) => `${((i * 96) / (days.length - 1)).toFixed(1)},${(26 - (n * 24) / most).toFixed(1)}`);
  return (
    <svg className={trouble ? 'spark trouble' : 'spark'} viewBox="0 0 96 28" width="96" height="28" aria-hidden="true" focusable="false">
      <polygon points={`0,28 ${line.join(' ')} 96,28`} />
      <polyline points={line.join(' ')} />
    </svg>
  );
}

export function Button(p: { children: ReactNode; primary?: boolean; danger?: boolean; busy?: boolean; disabled?: boolean; submit?: boolean; label?: string; onClick?: () => void }) {
  return (
    <button
      type={p.submit ? 'submit' : 'button'} className={`button${p.primary ? ' primary' : ''}${p.danger ? ' danger' : ''}`}
      disabled={p.busy || p.disabled} aria-busy={p.busy || undefined} aria-label={p.label} onClick={p.onClick}
    >
      {p.children}
    </button>
  );
}

export function messageOf(e: Error): string {
  if (e instanceof Refusal) {
    if (e.status === 0) return t('error.unreachable');
    if (e.over) return t('error.over');
    if (e.status < 500 && e.message) return e.message;
  }
  return t('error.unknown');
}

export function Failure({ error, again }: { error: Error; again?: () => void }) {
  return (
    <div className="failure" role="alert">
      <b>{t('error.title')}</b> <span>{messageOf(error)}</span>
      {again && !(error instanceof Refusal && error.over) && <Button onClick={again}>{t('error.again')}</Button>}
    </div>
  );
}

export function Loading() {
  return <p className="loading" role="status"><span className="spinner" aria-hidden="true" />{t('loading')}</p>;
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p role="status"><b>{title}</b></p>
      {children}
    </div>
  );
}

// Html is a partner's text, which the server has made harmless.
export function Html({ of, className }: { of: string | undefined; className?: string }) {
  return of ? <div className={className} dangerouslySetInnerHTML={{ __html: of }} /> : null;
}

// Confirm asks before something is done that stops or takes away.
export function Confirm(p: { title: string; text: string; go: string; busy: boolean; error?: Error; onGo: () => void; onClose: () => void }) {
  return (
    <Dialog title={p.title} onClose={p.onClose}>
      <p>{p.text}</p>
      {p.error && <Failure error={p.error} />}
      <div className="actions">
        <Button onClick={p.onClose}>{t('wizard.cancel')}</Button>
        <Button danger busy={p.busy} onClick={p.onGo}>{p.go}</Button>
      </div>
    </Dialog>
  );
}

// beside places a dialog at the height of what opened it: a frame may be much taller than the window around it, whose place it does not
// know, or lower than the dialog, for which it is made taller.
function beside(d: HTMLDialogElement, top: number): () => void {
  const page = document.documentElement;
  const edge = 16;
  const place = () => {
    page.style.minHeight = `${d.offsetHeight + 2 * edge}px`;
    d.style.marginTop = `${Math.max(edge, Math.min(top - d.offsetHeight / 2, page.offsetHeight - d.offsetHeight - edge))}px`;
  };
  place();
  const watch = new ResizeObserver(place);
  watch.observe(d);
  return () => {
    watch.disconnect();
    page.style.minHeight = '';
  };
}

export function Dialog({ title, children, onClose }: { title: string; children: ReactNode; onClose: () => void }) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const d = ref.current;
    const by = document.activeElement?.getBoundingClientRect();
    if (d && !d.open) d.showModal();
    const undo = d && window.parent !== window ? beside(d, by?.top ?? 0) : undefined;
    return () => {
      undo?.();
      d?.close();
    };
  }, []);
  return (
    <dialog ref={ref} className="dialog" aria-labelledby={id} onCancel={(e) => { e.preventDefault(); onClose(); }}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}
