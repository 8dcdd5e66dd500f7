import { useEffect, useRef, useState } from 'react';
import { t } from '../text/embed';
import type { Address, Was } from './address';
import { alone, endPage, get, post, Refusal, type Result, type Setup, tell, type Visitor } from './ask';
import { Connect } from './Connect';
import { Done } from './Done';
import { Failure, Loading } from './parts';
import { Settings } from './Settings';
import { useAct, useAsk } from './useAsk';

type Props = {
  install: string;
  address: Address;
  visitor: Visitor | undefined;
  start: boolean; // of one that is set up for the first time
  was: Was; // of one that is changed
  once: boolean;
  message?: string; // HTML at the end, of a package
  returnAfter?: boolean;
  chosen: boolean; // from a list, to which its end leads back
  leave: () => void;
};

// Wizard leads through what an install needs: each application is connected, the choices are made, and it is started.
export function Wizard(p: Props) {
  const loaded = useAsk(() => get<Setup>(`setup/${p.install}`));
  const [at, go] = useState<number>();
  const [result, end] = useState<Result>();
  const { busy, error, act, clear } = useAct();
  const before = useRef<Set<number>>(undefined);
  const setup = loaded.data;
  useStay(p.install, !!setup?.Changing);
  if (!setup) return <main className="page">{loaded.error ? <Failure error={loaded.error} again={loaded.reload} /> : <Loading />}</main>;

  // What was connected before is not asked for again; to change it is for later.
  before.current ??= new Set(setup.Finished ? [] : (setup.Connectors ?? []).filter((c) => c.Authenticated).map((c) => c.ID));
  const connectors = (setup.Connectors ?? []).filter((c) => !before.current?.has(c.ID));
  const parts = setup.Cycles.filter((c) => (c.Groups ?? []).length > 0);
  // With wizard=true each step of the flow has a page of its own, else there is one form.
  const groups = parts.flatMap((c) => (c.Groups ?? []).map((g) => ({ cycle: c.Cycle, of: setup.Cycles.length > 1 ? c.Name : '', group: g })));
  const forms = p.address.wizard ? groups.map((g) => [g]) : groups.length > 0 ? [groups] : [];
  const steps = [...connectors.map((c) => c.Application), ...forms.map((f, i) => (forms.length > 1 ? f[0]?.group.Title || t('wizard.settings') : i === 0 ? t('wizard.settings') : ''))];
  const first = connectors.findIndex((c) => !c.Authenticated);
  // Without any choice left, the last application that was connected is where it is started.
  const now = result ? steps.length : (at ?? (first >= 0 ? first : forms.length > 0 ? connectors.length : Math.max(connectors.length - 1, 0)));
  const last = now >= steps.length - 1;

  const was: Was = setup.Changing ? 'running' : p.was;
  const start = setup.Finished ? was !== '' : p.start;
  const leave = () =>
    act(async () => {
      if (!setup.Finished) await post(`setup/${p.install}/cancel`);
      else if (was === 'running') {
        await post(`integration/${p.install}/restore`); // as it was before
        tell(p.visitor, { type: 'started', id: p.install });
      }
      if (!p.chosen) endPage(p.visitor);
      p.leave();
    });
  const finish = () =>
    act(async () => {
      const out = await post<Result>(`setup/${p.install}/finish`, { Start: start, RunOnce: p.once });
      end(out);
      tell(p.visitor, { type: 'result', result: out });
      if (setup.Finished && start && out.errors.length === 0) tell(p.visitor, { type: 'started', id: p.install });
    });
  const next = () => {
    clear();
    if (last) finish();
    else go(now + 1);
  };
  const form = forms[now - connectors.length];
  const connector = connectors[now];

  return (
    <main className="page narrow">
      <Beginning of={now} visitor={p.visitor} />
      <h1>{setup.Name}</h1>
      <ol className="steps" aria-label={t('wizard.progress')}>
        {[...steps, t('wizard.done')].map((name, i) => (
          <li key={`${i}-${name}`} className={i < now || result ? 'past' : i === now ? 'now' : ''} aria-current={i === now && !result ? 'step' : undefined}>
            <span className="dot" aria-hidden="true">{i < now || result ? '✓' : i + 1}</span>{name}
          </li>
        ))}
      </ol>
      {result ? (
        <Done name={setup.Name} result={result} message={p.message} close={p.leave} visitor={p.visitor} stays={!p.chosen || (p.returnAfter === false && !alone())} />
      ) : connector ? (
        <Connect key={connector.ID} install={p.install} connector={connector} inline={p.address.inline} reload={loaded.reload} error={error} busy={busy} back={now > 0 ? () => go(now - 1) : undefined} cancel={leave} next={next} last={last} start={start} was={was} />
      ) : (
        <Settings
          key={now} install={p.install} pages={form ?? []} busy={busy} error={error} last={last} start={start}
          back={now > 0 ? () => go(now - 1) : undefined} cancel={leave}
          save={async (values) => {
            for (const [cycle, of] of Object.entries(values)) await keep(p.install, () => post(`setup/${p.install}/values`, { Cycle: cycle, Values: of }));
            await loaded.reload();
          }}
          next={next}
        />
      )}
    </main>
  );
}

// keep writes again what was refused because it runs: the server has taken the change back meanwhile, as if it had been left.
async function keep(install: string, write: () => Promise<void>) {
  try {
    await write();
  } catch (e) {
    if (!(e instanceof Refusal) || e.status !== 409) throw e;
    await post(`integration/${install}/change`);
    await write();
  }
}

const stayEach = 60_000;

// useStay tells the server that somebody is still at a change, as long as they do something: it starts again what was left.
function useStay(install: string, changing: boolean) {
  useEffect(() => {
    if (!changing) return;
    let active = true;
    const seen = () => {
      active = true;
    };
    const timer = setInterval(() => {
      if (active) post(`integration/${install}/keep`).catch(() => {}); // the next one, or what is written, says it as well
      active = false;
    }, stayEach);
    for (const what of ['keydown', 'pointerdown', 'focusin']) window.addEventListener(what, seen);
    return () => {
      clearInterval(timer);
      for (const what of ['keydown', 'pointerdown', 'focusin']) window.removeEventListener(what, seen);
    };
  }, [install, changing]);
}

// Beginning lets each step be seen from where it begins, also in a frame that is taller than the window around it.
function Beginning({ of, visitor }: { of: number; visitor: Visitor | undefined }) {
  useEffect(() => {
    window.scrollTo(0, 0);
    tell(visitor, { type: 'top' });
  }, [of, visitor]);
  return null;
}
