import { useEffect, useState } from 'react';
import { reword, t } from '../text/embed';
import { Branded } from './Branded';
import type { Brand } from './brand';
import { Button, Pill, Tiles } from './parts';

type Shown = { brand: Brand; tokens: string; css: string };

// Preview is what the console shows beside the form of a branding: examples of what pages are made of, in the look that it sends.
export function Preview() {
  const [shown, show] = useState<Shown>({ brand: {}, tokens: '', css: '' });
  useEffect(() => {
    const hear = (e: MessageEvent) => {
      if (e.origin !== location.origin || e.source !== window.parent || e.data?.type !== 'look') return;
      const look = e.data as Shown;
      const write = (id: string, css: string) => {
        const style = document.getElementById(id);
        if (style) style.textContent = css;
      };
      write('tokens', `:root{${look.tokens}}`);
      write('partner-css', look.css);
      reword(look.brand.Wording);
      show(look);
    };
    window.addEventListener('message', hear);
    window.parent.postMessage({ type: 'preview' }, location.origin);
    return () => window.removeEventListener('message', hear);
  }, []);
  const examples = [{ name: 'Orders to the CRM', state: 'Running' as const }, { name: 'Invoices by e-mail', state: 'Paused' as const }];
  return (
    <Branded of={shown.brand}>
      <main className="page">
        <h1>{t('launch.title')}</h1>
        <p className="lead">{t('launch.lead')}</p>
        <ul className="rows">
          <li className="row">
            <Tiles of={[{ Name: 'Shop' }, { Name: 'CRM' }]} />
            <div className="grow"><h2>Customers, both ways</h2><p>Who buys is a contact a minute later.</p></div>
            <Button primary>{t('launch.connect')}</Button>
          </li>
          {examples.map((x) => (
            <li className="row" key={x.name}>
              <Tiles of={[{ Name: x.name }]} />
              <div className="grow"><h2>{x.name} <Pill state={x.state} /></h2></div>
              <Button>{x.state === 'Running' ? t('orbit.pause') : t('orbit.resume')}</Button>
            </li>
          ))}
        </ul>
        <form className="card" onSubmit={(e) => e.preventDefault()}>
          <h2>{t('wizard.settingsTitle')}</h2>
          <div className="field"><label htmlFor="example">{t('wizard.name')}</label><input id="example" defaultValue="Harbour" /></div>
          <p><a href="#example">{t('orbit.add')}</a></p>
          <div className="actions"><Button>{t('wizard.back')}</Button><Button primary>{t('wizard.start')}</Button></div>
        </form>
      </main>
    </Branded>
  );
}
