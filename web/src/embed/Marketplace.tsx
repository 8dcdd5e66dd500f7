import { useEffect, useState } from 'react';
import { reword, t } from '../text/embed';
import { type Address, pageQuery, type Was } from './address';
import { get, type Item, type Layout, post, type Shelf, type Visitor } from './ask';
import { Acts } from './Orbit';
import { Button, Dialog, Empty, Failure, Html, Loading, Pill, Tiles } from './parts';
import { useAct, useAsk } from './useAsk';
import { Wizard } from './Wizard';

// Marketplace is a partner's shelf of cards: categories are opened, packages are installed, what is installed is managed.
export function Marketplace({ address, meet }: { address: Address; meet: (v: Visitor) => void }) {
  const page = useAsk(() =>
    get<{ Visitor: Visitor; Shelf: Shelf }>(`marketplace/${address.marketplace}${pageQuery(address)}`).then((p) => {
      reword(p.Shelf.Wording);
      return p;
    }),
  );
  const [install, open] = useState<{ id: string; card?: Item; was: Was }>({ id: address.install, was: address.was });
  const [way, go] = useState<string[]>([]); // ids of the categories that were opened
  const [said, say] = useState('');
  const visitor = page.data?.Visitor;
  useEffect(() => {
    if (visitor) meet(visitor);
  }, [visitor, meet]);
  const shelf = page.data?.Shelf;
  if (install.id) {
    const card = install.card ?? all(shelf?.Cards ?? []).find((c) => c.Installed?.some((i) => i.ID === install.id));
    return (
      <Wizard
        install={install.id} address={address} visitor={visitor} start={card?.AutoStart ?? false} was={install.was} once={false} message={card?.CompleteMessage} returnAfter={card?.ReturnAfter}
        chosen leave={() => { open({ id: '', was: '' }); page.reload(); }}
      />
    );
  }
  const opened = way.reduce<Item[]>((found, id) => {
    const within = found.length ? (found[found.length - 1]?.Cards ?? []) : (shelf?.Cards ?? []);
    const next = within.find((c) => c.ID === id);
    return next ? [...found, next] : found;
  }, []);
  const category = opened[opened.length - 1];
  const cards = category ? (category.Cards ?? []) : (shelf?.Cards ?? []);
  const layout: Layout = { ...shelf?.Layout, ...(category?.Layout ?? {}), Columns: category?.Layout?.Columns || shelf?.Layout.Columns };
  return (
    <main className="page wide">
      <Html of={layout.HeaderHTML} className="partner" />
      {opened.length > 0 && shelf && (
        <nav aria-label={t('market.back')} className="crumbs">
          <button type="button" onClick={() => go([])}>{shelf.Title}</button>
          {opened.map((c, i) => <span key={c.ID}> › {i < opened.length - 1 ? <button type="button" onClick={() => go(way.slice(0, i + 1))}>{c.Title}</button> : <b>{c.Title}</b>}</span>)}
        </nav>
      )}
      {shelf && <h1>{category?.Title ?? shelf.Title}</h1>}
      <p className="said" role="status">{said}</p>
      {page.error && <Failure error={page.error} again={page.reload} />}
      {!page.data && !page.error && <Loading />}
      {shelf && <Cards key={way.join()} cards={cards} layout={layout} visitor={visitor} market={shelf.ID} open={(c) => go([...way, c.ID])} begin={(id, card, was = '') => open({ id, card, was })} done={async (text) => { say(text); await page.reload(); }} />}
      <Html of={layout.FooterHTML} className="partner" />
    </main>
  );
}

function all(cards: Item[]): Item[] {
  return cards.flatMap((c) => [c, ...all(c.Cards ?? [])]);
}

type CardsProps = { cards: Item[]; layout: Layout; visitor: Visitor | undefined; market: number; open: (c: Item) => void; begin: (install: string, card: Item, was?: Was) => void; done: (said: string) => Promise<void> };

function Cards({ cards, layout, ...rest }: CardsProps) {
  const [search, look] = useState('');
  const [tag, choose] = useState('');
  const within = search ? all(cards).filter((c) => c.Kind !== 'Text') : cards;
  const tags = [...new Set(all(cards).flatMap((c) => c.Tags ?? []))].sort((a, b) => a.localeCompare(b));
  const fits = (c: Item) => (!tag || (c.Tags ?? []).includes(tag) || all(c.Cards ?? []).some((d) => (d.Tags ?? []).includes(tag))) && (!search || `${c.Title} ${c.Description?.replace(/<[^>]*>/g, ' ')} ${(c.Tags ?? []).join(' ')}`.toLowerCase().includes(search.toLowerCase()));
  const shown = within.filter(fits);
  const count = all(cards).filter((c) => c.Kind === 'Package').length;
  return (
    <>
      {(layout.Search || (layout.TagFilter && tags.length > 0)) && (
        <div className="filter">
          {layout.Search && <input type="search" aria-label={t('market.search', { count })} placeholder={t('market.search', { count })} value={search} onChange={(e) => look(e.target.value)} />}
          {layout.TagFilter && ['', ...tags].map((name) => <button type="button" key={name} className="tag" aria-pressed={tag === name} onClick={() => choose(name)}>{name || t('market.all')}</button>)}
        </div>
      )}
      {shown.length === 0 && <Empty title={cards.length === 0 ? t('market.empty') : t('market.nothing')} />}
      <ul className="cards" data-columns={layout.Columns || undefined}>
        {shown.map((c) => (c.Kind === 'Text' ? <li key={c.ID} className="full"><Html of={c.Description} className="partner" /></li> : <CardFace key={c.ID} card={c} {...rest} />))}
      </ul>
    </>
  );
}

function CardFace({ card, visitor, market, open, begin, done }: { card: Item } & Omit<CardsProps, 'cards' | 'layout'>) {
  const { busy, error, act } = useAct();
  const [asking, ask] = useState(false);
  const [managing, manage] = useState(false);
  const have = card.Installed ?? [];
  const unfinished = have.find((i) => i.State === 'Unfinished');
  const install = (name: string) =>
    act(async () => {
      const made = await post<{ Install: string }>('install', { Marketplace: market, Card: card.ID, Name: name });
      ask(false);
      begin(made.Install, card);
    });
  const connect = () => (unfinished ? begin(unfinished.ID, card) : card.AskName ? ask(true) : install(''));
  return (
    <li className="face">
      <div className="head">
        {card.Image ? <img className="picture" src={card.Image} alt="" /> : <Tiles of={card.Applications} />}
        {card.SecondImage && <img className="picture" src={card.SecondImage} alt="" />}
        {have.length === 1 && have[0] && <Pill state={have[0].State} />}
      </div>
      <h2>{card.Title}</h2>
      <Html of={card.Description} className="partner" />
      {[...new Set(have.flatMap((i) => i.SignIn ?? []))].map((name) => <p className="problem" key={name}>{t('orbit.shut', { name })}</p>)}
      {error && <Failure error={error} />}
      <div className="acts">
        {card.Kind === 'Category' && <Button label={`${t('market.open')}: ${card.Title}`} onClick={() => open(card)}>{t('market.open')}</Button>}
        {card.Kind === 'Link' && <a className="button" href={card.URL} target="_blank" rel="noreferrer noopener" aria-label={card.LinkText ? undefined : card.Title}>{card.LinkText || '→'}</a>}
        {card.Kind === 'Package' && card.Missing && <span className="hint">{t('market.missing')}</span>}
        {card.Kind === 'Package' && !card.Missing && (
          <>
            {have.length > 0 && !unfinished && <Button label={`${t('market.manage')}: ${card.Title}`} onClick={() => manage(true)}>{t('market.manage')}</Button>}
            {card.Blocked && have.length === 0 && <span className="hint">{t('market.blocked')}</span>}
            {!card.Blocked || unfinished ? <Button primary={have.length === 0 || !!unfinished} busy={busy} label={`${connectLabel(have.length, !!unfinished)}: ${card.Title}`} onClick={connect}>{connectLabel(have.length, !!unfinished)}</Button> : null}
          </>
        )}
      </div>
      {asking && <NameIt busy={busy} error={error} go={install} close={() => ask(false)} />}
      {managing && (
        <Dialog title={t('market.details', { title: card.Title })} onClose={() => manage(false)}>
          <ul className="rows">
            {have.map((i) => (
              <li className="row" key={i.ID}>
                <div className="grow"><h3>{i.Name} <Pill state={i.State} /></h3></div>
                <Acts of={i} visitor={visitor} configure={(was) => begin(i.ID, card, was)} done={async (text) => { if (have.length === 1) manage(false); await done(text); }} />
              </li>
            ))}
          </ul>
          <div className="actions"><Button onClick={() => manage(false)}>{t('wizard.close')}</Button></div>
        </Dialog>
      )}
    </li>
  );
}

function connectLabel(have: number, unfinished: boolean): string {
  return unfinished ? t('market.goOn') : have > 0 ? t('market.another') : t('market.connect');
}

function NameIt({ busy, error, go, close }: { busy: boolean; error?: Error; go: (name: string) => void; close: () => void }) {
  const [name, set] = useState('');
  return (
    <Dialog title={t('wizard.nameTitle')} onClose={close}>
      <form onSubmit={(e) => { e.preventDefault(); if (name.trim()) go(name.trim()); }}>
        <p>{t('wizard.nameText')}</p>
        <div className="field">
          <label htmlFor="name-it">{t('wizard.name')}<span className="needed" aria-hidden="true"> *</span></label>
          <input id="name-it" value={name} maxLength={100} required onChange={(e) => set(e.target.value)} />
        </div>
        {error && <Failure error={error} />}
        <div className="actions"><Button onClick={close}>{t('wizard.cancel')}</Button><Button submit primary busy={busy}>{t('wizard.next')}</Button></div>
      </form>
    </Dialog>
  );
}
