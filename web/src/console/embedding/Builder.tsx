import '../../text/embedding';
import { Button, Menu } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { IconBuildingStore, IconCode, IconPlayerPlay, IconPlus, IconSettings } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type MarketplaceFull, marketplacesGetGet, marketplacesUpdatePut, type Template } from '../../api';
import { ask, Problem } from '../../lib/ask';
import { useOffered } from '../../lib/queries';
import { may, useSession } from '../../lib/session';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { EmptyState } from '../../ui/EmptyState';
import { ErrorPanel } from '../../ui/ErrorPanel';
import { PageHead } from '../../ui/Page';
import { useToast } from '../../ui/Toasts';
import { wordsOf } from '../../ui/words';
import { Loading } from '../../ui/Loading';
import { CardForm } from './CardForm';
import { type Card, cardsIn, change, fresh, type Kind, placed, put } from './cards';
import { EmbedCode, MarketSettings, TryMarketplace } from './marketDialogs';
import { nameOf, Outline } from './Outline';
import { Told } from './Told';

// MarketplaceBuilder arranges the cards of a marketplace. What is changed is kept here until it is saved; customers see it then.
export function MarketplaceBuilder() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const market = useQuery({ queryKey: ['marketplaces', id], queryFn: () => ask(marketplacesGetGet({ path: { marketplace: Number(id) } })), refetchOnWindowFocus: false });
  const templates = useOffered();
  if (market.error && !market.data) return <ErrorPanel what={t('market.title')} error={market.error} retry={market.refetch} />;
  if (!market.data || (!templates.data && !templates.error)) return <Loading what={t('nav.marketplaces')} card lines={8} />;
  return <Arrange market={market.data} templates={templates.data ?? []} load={async () => (await market.refetch()).data?.Cards ?? null} />;
}

const kinds: Kind[] = ['Text', 'Category', 'Package', 'Link'];

function Arrange({ market, templates, load }: { market: MarketplaceFull; templates: Template[]; load: () => Promise<Card[] | null> }) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const queries = useQueryClient();
  const toast = useToast();
  const [cards, set] = useState<Card[] | null>(market.Cards);
  const [stored, keep] = useState(cards); // what customers see
  const [chosen, choose] = useState('');
  const [asked, setAsked] = useState<'settings' | 'told' | 'code' | 'try' | 'remove'>();
  const [busy, work] = useState(false);
  const [wrong, tell] = useState<Error | null>(null);
  const fixed = !may(session, 'Marketplaces', 'Edit');
  const changed = cards !== stored;
  const at = placed(cards ?? [], chosen);

  const settle = (now: Card[] | null) => {
    set(now);
    keep(now);
    tell(null);
  };
  const save = async () => {
    work(true);
    tell(null);
    try {
      const now = await ask(marketplacesUpdatePut({ path: { marketplace: market.Id }, headers: { 'If-Match': `"${market.Version}"` }, body: { Cards: cards } }));
      queries.setQueryData(['marketplaces', String(market.Id)], now);
      settle(now.Cards);
      toast(t('market.saved'));
    } catch (e) {
      tell(e as Error);
    }
    work(false);
  };
  const add = (kind: Kind) => {
    const made = fresh(kind, t(`market.newTitles.${kind}`));
    // A new card goes into the category that is chosen, else behind the card that is.
    const into = at?.card.Kind === 'Category' && kind !== 'Category' ? { parent: at.card.Id, place: cardsIn(at.card).length } : { parent: at?.parent ?? '', place: at ? at.at + 1 : (cards ?? []).length };
    set(put(cards ?? [], made, into.parent, into.place));
    choose(made.Id);
  };
  // Cards keep the ids that they have while nothing is arranged: by them customers' installs are known.
  const begin = () => set(templates.map((x) => fresh('Package', x.Name, { Id: x.Id, Description: '', TemplateIds: [x.Id] })));
  const stale = wrong instanceof Problem && wrong.status === 412;
  return (
    <>
      <PageHead title={market.Name} lead={changed ? t('market.changed') : t('market.live')}>
        <Button leftSection={<IconPlayerPlay size={14} />} onClick={() => setAsked('try')}>{t('market.tryIt')}</Button>
        <Button leftSection={<IconCode size={14} />} onClick={() => setAsked('code')}>{t('market.code')}</Button>
        <Button leftSection={<IconSettings size={14} />} onClick={() => setAsked('settings')}>{t('market.settings')}</Button>
        {!fixed && cards && (
          <Menu position="bottom-end">
            <Menu.Target><Button leftSection={<IconPlus size={14} />}>{t('market.addCard')}</Button></Menu.Target>
            <Menu.Dropdown>{kinds.map((k) => <Menu.Item key={k} onClick={() => add(k)}>{t(`market.kinds.${k}`)}</Menu.Item>)}</Menu.Dropdown>
          </Menu>
        )}
        {!fixed && <Button variant="filled" onClick={save} loading={busy} disabled={!changed}>{t('market.save')}</Button>}
      </PageHead>
      {wrong && (
        <p role="alert" className="pl-field-error">
          {stale ? t('branding.stale') : wordsOf(wrong, t)}{' '}
          {stale && <Button size="xs" onClick={async () => settle(await load())}>{t('branding.load')}</Button>}
        </p>
      )}
      {!cards ? (
        <EmptyState icon={IconBuildingStore} title={t('market.plain')} text={t('market.plainText')}>
          {!fixed && templates.length > 0 && <Button variant="filled" onClick={begin}>{t('market.begin')}</Button>}
          {!fixed && <Button onClick={() => set([])}>{t('market.empty')}</Button>}
        </EmptyState>
      ) : (
        <div className="pl-market">
          <Outline cards={cards} chosen={chosen} choose={choose} put={set} fixed={fixed} />
          <Faces cards={at?.card.Kind === 'Category' ? cardsIn(at.card) : at?.parent ? cardsIn(placed(cards, at.parent)?.card ?? at.card) : cards} columns={market.Columns} chosen={chosen} choose={choose} />
          {at ? (
            <CardForm key={at.card.Id} card={at.card} templates={templates} fixed={fixed} put={(c) => set(change(cards, at.card.Id, (old) => ({ ...old, ...c })))} remove={() => setAsked('remove')} />
          ) : (
            <p className="pl-dim">{t('market.choose')}</p>
          )}
        </div>
      )}
      {asked === 'settings' && <MarketSettings market={market} fixed={fixed} told={() => setAsked('told')} close={() => setAsked(undefined)} />}
      {asked === 'told' && <Told market={market} fixed={fixed} close={() => setAsked(undefined)} />}
      {asked === 'code' && <EmbedCode market={market} close={() => setAsked(undefined)} />}
      {asked === 'try' && <TryMarketplace market={market} close={() => setAsked(undefined)} />}
      {asked === 'remove' && at && (
        <ConfirmDialog
          title={t('market.removeTitle', { title: nameOf(at.card) })} close={() => setAsked(undefined)}
          choices={[{ word: t('market.remove'), danger: true, main: true, act: async () => { set(change(cards ?? [], at.card.Id, () => null)); choose(''); } }]}
        >
          <p>{t('market.removeText')} {cardsIn(at.card).length > 0 && t('market.removeAll')}</p>
        </ConfirmDialog>
      )}
    </>
  );
}

// Faces are the cards of a level as a customer sees them, in short.
function Faces({ cards, columns, chosen, choose }: { cards: Card[]; columns: number; chosen: string; choose: (id: string) => void }) {
  const { t } = useTranslation();
  if (cards.length === 0) return <p className="pl-dim">{t('market.nothing')}</p>;
  return (
    <ul className="pl-faces" data-columns={columns || undefined} aria-label={t('branding.preview')}>
      {cards.map((c) => (
        <li key={c.Id} className={c.Kind === 'Text' ? 'pl-face pl-face-full' : 'pl-face'}>
          <button type="button" aria-pressed={c.Id === chosen} onClick={() => choose(c.Id)}>
            <span className="pl-face-pictures">{c.Image && <img src={c.Image} alt="" />}{c.SecondImage && <img src={c.SecondImage} alt="" />}</span>
            <strong>{nameOf(c)}</strong>
            {c.Kind !== 'Text' && <span className="pl-dim">{(c.Description ?? '').replace(/<[^>]*>/g, ' ')}</span>}
            <span className="pl-small pl-dim">{[t(`market.kinds.${c.Kind}`), ...(c.Tags ?? [])].join(' · ')}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
