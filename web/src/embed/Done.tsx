import { useState } from 'react';
import { t } from '../text/embed';
import { alone, endPage, post, type Result, type Visitor } from './ask';
import { brand } from './brand';
import { OwnPage } from './OwnPage';
import { Button, Failure, Html } from './parts';
import { useAct } from './useAsk';

// Done is the end of a set-up: what is there, where events are sent to, and what did not work.
// Closing it leads back to where it was chosen; with stays it ends the page, where there is somebody who can.
export function Done({ name, result, message, close, visitor, stays }: { name: string; result: Result; message?: string; close: () => void; visitor: Visitor | undefined; stays: boolean }) {
  const [left, away] = useState(false);
  const { error, act } = useAct();
  const active = result.cycles ? result.cycles.every((c) => c.status === 'Active') : result.status === 'Active';
  const hooks = result.cycles ? result.cycles.flatMap((c) => c.webhooks.map((w) => ({ name: w.stepName, url: w.url }))) : (result.webhooks ?? []).map((url) => ({ name: '', url }));
  const leave = () => {
    if (!stays) {
      close();
      return;
    }
    away(true);
    endPage(visitor);
  };
  // The partner's page may send people on, in this window or frame: the server says whether that is a place of the partner's.
  const goOn = (to: string) =>
    act(async () => {
      await post('leave', { Address: to });
      location.assign(to);
    });
  if (brand.Complete) {
    return (
      <>
        <OwnPage address={brand.Complete} title={t('wizard.doneTitle', { name })} result={result} message={message} close={leave} leave={goOn} />
        {error && <Failure error={error} />}
      </>
    );
  }
  return (
    <section className="card" aria-live="polite">
      <h2 className="ok">✓ {t('wizard.doneTitle', { name })}</h2>
      <p>{result.errors.length > 0 ? t('wizard.failed') : active ? t('wizard.running') : `${t('wizard.stopped')} ${t('wizard.startLater')}`}</p>
      {result.errors.map((e) => <p key={e} className="problem" role="alert">{e}</p>)}
      <Html of={message} className="partner" />
      {hooks.length > 0 && (
        <div className="hooks">
          <h3>{t('wizard.webhooks')}</h3>
          {hooks.map((h) => <Address key={h.url} name={h.name} url={h.url} />)}
        </div>
      )}
      {!left && !(stays && alone()) && <div className="actions"><Button primary onClick={leave}>{t('wizard.close')}</Button></div>}
    </section>
  );
}

function Address({ name, url }: { name: string; url: string }) {
  const [copied, copy] = useState(false);
  return (
    <div className="copy">
      {name && <b>{name}</b>}
      <code>{url}</code>
      <Button label={`${t('wizard.copy')} ${url}`} onClick={() => navigator.clipboard?.writeText(url).then(() => copy(true), () => copy(false))}>{copied ? t('wizard.copied') : t('wizard.copy')}</Button>
    </div>
  );
}
