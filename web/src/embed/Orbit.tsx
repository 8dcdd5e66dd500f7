import { useEffect, useState } from 'react';
import { t } from '../text/embed';
import { type Address, pageLink, pageQuery, type Was } from './address';
import { get, type Happening, type Installed, post, tell, type Visitor } from './ask';
import { Button, Confirm, Empty, Failure, Loading, Pill, Spark, Tiles } from './parts';
import { useAct, useAsk } from './useAsk';
import { Wizard } from './Wizard';

const pollEach = 10_000;

// Orbit is what is installed: to pause, go on with, change or take away.
export function Orbit({ address, meet }: { address: Address; meet: (v: Visitor) => void }) {
  const page = useAsk(() => get<{ Visitor: Visitor; Integrations: Installed[] | null; Events: Happening[] | null; Add: boolean }>(`orbit${pageQuery(address)}`));
  const [install, open] = useState({ id: address.install, was: address.was });
  const [said, say] = useState('');
  const visitor = page.data?.Visitor;
  useEffect(() => {
    if (visitor) meet(visitor);
  }, [visitor, meet]);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && page.reload(), pollEach);
    return () => clearInterval(timer);
  }, [page.reload]);
  if (install.id) return <Wizard install={install.id} was={install.was} address={address} visitor={visitor} start once={false} chosen leave={() => { open({ id: '', was: '' }); page.reload(); }} />;
  const list = page.data?.Integrations ?? [];
  const events = page.data?.Events ?? [];
  const trouble = list.filter(needs).length;
  return (
    <main className="page">
      <div className="title">
        <div>
          <h1>{t('orbit.title')}</h1>
          {list.length > 0 && <p className="lead">{t('orbit.count', { count: list.length, running: list.filter((i) => i.State === 'Running').length })}{trouble > 0 && t('orbit.needs', { count: trouble })}</p>}
        </div>
        {page.data?.Add && <a className="button" href={pageLink('/launch')}>{t('orbit.add')}</a>}
      </div>
      <p className="said" role="status">{said}</p>
      {page.error && <Failure error={page.error} again={page.reload} />}
      {!page.data && !page.error && <Loading />}
      {page.data && list.length === 0 && <Empty title={t('orbit.none')}><p>{t('orbit.noneText')}</p></Empty>}
      <ul className="rows">
        {list.map((i) => (
          <li className={needs(i) ? 'row needs' : 'row'} key={i.ID}>
            <Tiles of={i.Applications} />
            <div className="grow">
              <h2>{i.Name} <Pill state={i.State} /></h2>
              {i.Description && <p>{i.Description}</p>}
              {i.SignIn?.map((name) => <p className="problem" key={name}>{t('orbit.shut', { name })}</p>)}
              {i.State === 'Partly' && <p className="problem">{t('orbit.partly')}</p>}
              <Did of={i} />
              <p className="hint">{[i.Last && t('orbit.last', { when: moment(i.Last) }), i.Next && t('orbit.next', { when: moment(i.Next) }), i.By ? t('orbit.by', { name: i.By, when: day(i.At) }) : t('orbit.at', { when: day(i.At) })].filter(Boolean).join(' · ')}</p>
            </div>
            <Spark days={i.Days} trouble={needs(i)} />
            <Acts of={i} visitor={visitor} configure={(was) => open({ id: i.ID, was })} done={async (text) => { say(text); await page.reload(); }} />
          </li>
        ))}
      </ul>
      {events.length > 0 && (
        <section aria-label={t('orbit.events')}>
          <h2 className="after">{t('orbit.events')}</h2>
          <ol className="events">
            {events.map((e, n) => (
              <li key={`${e.At}-${n}`}>
                <time dateTime={new Date(e.At / 1000).toISOString()}>{moment(e.At)}</time>
                <span className={`mark mark-${e.Kind.toLowerCase()}`} aria-hidden="true">{marks[e.Kind]}</span>
                <span className="grow">{t(e.By ? `events.${e.Kind}By` : e.Next ? `events.${e.Kind}Next` : `events.${e.Kind}`, { name: e.Name, by: e.By, next: e.Next && moment(e.Next) })}{e.Why && <small>{e.Why}</small>}</span>
              </li>
            ))}
          </ol>
        </section>
      )}
    </main>
  );
}

const marks = { Done: '✓', Trouble: '!', Waits: '↻', Failed: '✕', Halted: '■', Started: '▶', Paused: '❚❚', Stopped: '■' };

// needs: somebody has to do something about it.
const needs = (i: Installed) => i.State === 'Stopped' || i.State === 'Partly' || !!i.SignIn?.length;

// Did says what it has done, what waits, and since when it stands.
function Did({ of }: { of: Installed }) {
  const said = [
    of.Month !== undefined && t('orbit.month', { count: of.Month }),
    of.Waiting !== undefined && t('orbit.waiting', { count: of.Waiting }),
    of.Since !== undefined && of.State === 'Paused' && t(of.StoppedBy ? 'orbit.pausedBy' : 'orbit.pausedSince', { name: of.StoppedBy, when: moment(of.Since) }),
    of.Since !== undefined && of.State === 'Stopped' && t('orbit.stoppedSince', { when: moment(of.Since) }),
  ].filter(Boolean);
  return said.length > 0 ? <p>{said.join(' · ')}</p> : null;
}

// Times come in microseconds.
const moment = (at: number) => new Date(at / 1000).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const day = (at: number) => new Date(at / 1000).toLocaleDateString(undefined, { dateStyle: 'medium' });

// Acts are what can be done with something installed.
export function Acts({ of, visitor, configure, done }: { of: Installed; visitor: Visitor | undefined; configure: (was: Was) => void; done: (said: string) => Promise<void> }) {
  const [ask, confirm] = useState<'pause' | 'remove' | 'change'>();
  const { busy, error, act, clear } = useAct();
  const change = (what: 'start' | 'pause' | 'remove', said: string) =>
    act(async () => {
      await post(`integration/${of.ID}/${what}`);
      tell(visitor, { type: what === 'start' ? 'started' : what === 'pause' ? 'paused' : 'removed', id: of.ID });
      confirm(undefined);
      await done(t(said, { name: of.Name }));
    });
  const running = of.State === 'Running' || of.State === 'Finishing' || of.State === 'Partly';
  const shut: Was = of.SignIn && of.State === 'Stopped' ? 'failed' : '';
  const close = () => {
    clear();
    confirm(undefined);
  };
  return (
    <div className="acts">
      {of.State === 'Partly' && <Button primary busy={busy} label={`${t('orbit.startAll')}: ${of.Name}`} onClick={() => change('start', 'orbit.resumed')}>{t('orbit.startAll')}</Button>}
      {running ? (
        <Button busy={busy} label={`${t('orbit.pause')}: ${of.Name}`} onClick={() => confirm('pause')}>{t('orbit.pause')}</Button>
      ) : of.State === 'Unfinished' || of.State === 'Changing' ? (
        <Button primary label={`${t('orbit.goOn')}: ${of.Name}`} onClick={() => configure(of.State === 'Changing' ? 'running' : '')}>{t('orbit.goOn')}</Button>
      ) : of.SignIn && of.Install ? (
        <Button primary label={`${t('orbit.signIn')}: ${of.Name}`} onClick={() => configure(shut)}>{t('orbit.signIn')}</Button>
      ) : (
        <Button busy={busy} label={`${t('orbit.resume')}: ${of.Name}`} onClick={() => change('start', 'orbit.resumed')}>{t('orbit.resume')}</Button>
      )}
      {of.Install && of.State !== 'Unfinished' && of.State !== 'Changing' && (
        <Button label={`${t('orbit.change')}: ${of.Name}`} onClick={() => (running ? confirm('change') : configure(shut))}>{t('orbit.change')}</Button>
      )}
      <Button label={`${t('orbit.remove')}: ${of.Name}`} onClick={() => confirm('remove')}>{t('orbit.remove')}</Button>
      {error && !ask && <Failure error={error} />}
      {ask === 'remove' && <Confirm title={t('orbit.removeTitle', { name: of.Name })} text={t('orbit.removeText')} go={t('orbit.remove')} busy={busy} error={error} onGo={() => change('remove', 'orbit.removed')} onClose={close} />}
      {ask === 'pause' && <Confirm title={t('orbit.pauseTitle', { name: of.Name })} text={t('orbit.pauseText')} go={t('orbit.pause')} busy={busy} error={error} onGo={() => change('pause', 'orbit.paused')} onClose={close} />}
      {ask === 'change' && (
        <Confirm
          title={t('orbit.pauseTitle', { name: of.Name })} text={t('wizard.stopFirst')} go={t('orbit.change')} busy={busy} error={error} onClose={close}
          onGo={() => act(async () => { await post(`integration/${of.ID}/change`); tell(visitor, { type: 'paused', id: of.ID }); configure('running'); })}
        />
      )}
    </div>
  );
}
