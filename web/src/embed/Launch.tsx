import { useEffect, useRef, useState } from 'react';
import { t } from '../text/embed';
import { type Address, pageQuery } from './address';
import { get, type Offer, post, type Visitor } from './ask';
import { Button, Empty, Failure, Loading, Tiles } from './parts';
import { useAct, useAsk } from './useAsk';
import { Wizard } from './Wizard';

// Launch is the list of templates, and the set-up of the one that is chosen. A single one is not chosen from a list.
export function Launch({ address, meet }: { address: Address; meet: (v: Visitor) => void }) {
  const page = useAsk(() => get<{ Visitor: Visitor; Offers: Offer[] | null }>(`launch${pageQuery(address)}`));
  const [install, open] = useState(address.install);
  const { busy, error, act } = useAct();
  const [begun, setBegun] = useState(address.install !== ''); // a single one is begun by itself, once
  const offers = (page.data?.Offers ?? []).filter((o) => !address.single || !o.Installed || o.Unfinished);
  const choose = (o: Offer) =>
    act(async () => {
      open(o.Unfinished || (await post<{ Install: string }>('install', { Template: o.Template, Single: address.single })).Install);
    });

  const visitor = page.data?.Visitor;
  useEffect(() => {
    if (visitor) meet(visitor);
  }, [visitor, meet]);
  // Whether it is the only one is decided once: the last of several that are left does not begin by itself.
  const first = useRef<boolean>(undefined);
  if (page.data) first.current ??= address.auto && offers.length === 1;
  const alone = first.current ?? false;
  const only = page.data && alone && !install ? offers[0] : undefined;
  useEffect(() => {
    if (only && !begun) {
      setBegun(true);
      choose(only);
    }
  });

  if (install) {
    return (
      <Wizard
        install={install} address={address} visitor={visitor} start={address.start} was={address.was} once={address.once}
        chosen={!alone} leave={() => { open(''); page.reload(); }}
      />
    );
  }
  return (
    <main className="page">
      <h1>{t('launch.title')}</h1>
      <p className="lead">{t('launch.lead')}</p>
      {page.error && <Failure error={page.error} again={page.reload} />}
      {error && <Failure error={error} again={only && (() => choose(only))} />}
      {!page.data && !page.error && <Loading />}
      {page.data && offers.length === 0 && <Empty title={t('launch.none')} />}
      <ul className="rows">
        {offers.map((o) => (
          <li className="row" key={o.Template}>
            <Tiles of={o.Applications} />
            <div className="grow">
              <h2>{o.Name}</h2>
              {address.descriptions && o.Description && <p>{o.Description}</p>}
              {!!o.Installed && !o.Unfinished && <p className="hint">{t('launch.installed')}</p>}
            </div>
            <Button primary busy={busy} label={`${label(o)}: ${o.Name}`} onClick={() => choose(o)}>{label(o)}</Button>
          </li>
        ))}
      </ul>
    </main>
  );
}

function label(o: Offer): string {
  return o.Unfinished ? t('launch.goOn') : o.Installed ? t('launch.again') : t('launch.connect');
}
