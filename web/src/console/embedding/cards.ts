import type { MarketplaceCard as Card } from '../../api';

export type { Card };
export type Kind = Card['Kind'];

// Placed is a card with where it stands: within which category ('' for none), how deep, and at which place.
export type Placed = { card: Card; parent: string; depth: number; at: number; of: number };

export const cardsIn = (c: Card): Card[] => c.Cards ?? [];

export function flat(cards: Card[], parent = '', depth = 0): Placed[] {
  return cards.flatMap((card, at) => [{ card, parent, depth, at, of: cards.length }, ...flat(cardsIn(card), card.Id, depth + 1)]);
}

export const placed = (cards: Card[], id: string) => flat(cards).find((p) => p.card.Id === id);

// change replaces a card by what it becomes; null takes it away.
export function change(cards: Card[], id: string, become: (c: Card) => Card | null): Card[] {
  return cards.flatMap((c) => {
    if (c.Id === id) {
      const now = become(c);
      return now ? [now] : [];
    }
    return [c.Cards ? { ...c, Cards: change(c.Cards, id, become) } : c];
  });
}

// put places a card within a category ('' for none), before what is at the place.
export function put(cards: Card[], card: Card, parent: string, at: number): Card[] {
  if (parent === '') return [...cards.slice(0, at), card, ...cards.slice(at)];
  return change(cards, parent, (c) => ({ ...c, Cards: put(cardsIn(c), card, '', at) }));
}

// move takes a card to another place. The place counts as the cards stand before. A category is never put within itself.
export function move(cards: Card[], id: string, parent: string, at: number): Card[] {
  const from = placed(cards, id);
  if (!from || parent === id || flat(cardsIn(from.card)).some((p) => p.card.Id === parent)) return cards;
  const place = from.parent === parent && from.at < at ? at - 1 : at;
  return put(change(cards, id, () => null), from.card, parent, place);
}

export type Way = 'up' | 'down' | 'in' | 'out';

// step moves a card by one: up and down among its neighbours, into the category above it, or out of the one that it is in.
export function step(cards: Card[], id: string, way: Way): Card[] {
  const from = placed(cards, id);
  if (!from) return cards;
  const beside = flat(cards).filter((p) => p.parent === from.parent);
  switch (way) {
    case 'up':
      return from.at > 0 ? move(cards, id, from.parent, from.at - 1) : cards;
    case 'down':
      return from.at < from.of - 1 ? move(cards, id, from.parent, from.at + 2) : cards;
    case 'in': {
      const above = beside[from.at - 1]?.card;
      return above?.Kind === 'Category' ? move(cards, id, above.Id, cardsIn(above).length) : cards;
    }
    case 'out': {
      const around = placed(cards, from.parent);
      return around ? move(cards, id, around.parent, around.at + 1) : cards;
    }
  }
}

// fresh is a new card of a kind.
export function fresh(kind: Kind, title: string, more: Partial<Card> = {}): Card {
  return {
    Id: crypto.randomUUID().slice(0, 13), Kind: kind, Title: title, Description: kind === 'Text' ? `<h2>${title}</h2>` : '', Image: '', SecondImage: '', Tags: [], Columns: 0, HeaderHtml: '', FooterHtml: '', Search: false, TagFilter: false,
    Cards: kind === 'Category' ? [] : null, PackageId: 0, TemplateIds: [], Single: false, AskName: false, AutoStart: kind === 'Package', ReturnAfter: kind === 'Package', CompleteMessage: '', Url: kind === 'Link' ? 'https://' : '', LinkText: '', ...more,
  };
}
