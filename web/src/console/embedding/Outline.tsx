import { IconBox, IconFolder, IconGripVertical, IconLetterT, IconLink } from '@tabler/icons-react';
import { type DragEvent, type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Card, flat, move, placed, type Placed, step, type Way } from './cards';

const icons = { Text: IconLetterT, Category: IconFolder, Package: IconBox, Link: IconLink };
const ways: Record<string, Way> = { ArrowUp: 'up', ArrowDown: 'down', ArrowRight: 'in', ArrowLeft: 'out' };

type Drop = { id: string; where: 'before' | 'after' | 'in' };

// Outline is the cards as a list, to be chosen and put in order: by dragging, or by Alt and the arrows.
export function Outline({ cards, chosen, choose, put, fixed }: { cards: Card[]; chosen: string; choose: (id: string) => void; put: (cards: Card[]) => void; fixed: boolean }) {
  const { t } = useTranslation();
  const [dragged, drag] = useState('');
  const [drop, aim] = useState<Drop>();
  const [said, say] = useState('');
  const rows = flat(cards);
  const tell = (now: Card[], id: string) => {
    const at = placed(now, id);
    if (!at) return;
    const category = placed(now, at.parent)?.card.Title;
    const words = { title: nameOf(at.card), place: at.at + 1, count: at.of, category };
    say(t(category ? 'market.movedIn' : 'market.moved', words));
  };
  const keys = (e: KeyboardEvent, p: Placed) => {
    const way = ways[e.key];
    if (!way || !e.altKey || fixed) {
      if (e.altKey || (e.key !== 'ArrowDown' && e.key !== 'ArrowUp')) return;
      e.preventDefault();
      const next = rows[rows.findIndex((r) => r.card.Id === p.card.Id) + (e.key === 'ArrowDown' ? 1 : -1)];
      if (next) document.getElementById(`card-${next.card.Id}`)?.focus();
      return;
    }
    e.preventDefault();
    const now = step(cards, p.card.Id, way);
    if (now === cards) return;
    put(now);
    tell(now, p.card.Id);
    requestAnimationFrame(() => document.getElementById(`card-${p.card.Id}`)?.focus());
  };
  const over = (e: DragEvent, p: Placed) => {
    if (!dragged || dragged === p.card.Id) return;
    e.preventDefault();
    const box = e.currentTarget.getBoundingClientRect();
    const share = (e.clientY - box.top) / box.height;
    const where = p.card.Kind === 'Category' && share > 0.25 && share < 0.75 ? 'in' : share < 0.5 ? 'before' : 'after';
    if (drop?.id !== p.card.Id || drop.where !== where) aim({ id: p.card.Id, where });
  };
  const end = () => {
    drag('');
    aim(undefined);
  };
  const fall = (e: DragEvent) => {
    e.preventDefault();
    const at = drop && placed(cards, drop.id);
    if (at && drop) {
      const now = drop.where === 'in' ? move(cards, dragged, at.card.Id, (at.card.Cards ?? []).length) : move(cards, dragged, at.parent, at.at + (drop.where === 'after' ? 1 : 0));
      if (now !== cards) {
        put(now);
        tell(now, dragged);
      }
    }
    end();
  };
  return (
    <div>
      <ol className="pl-outline" aria-label={t('market.cards')}>
        {rows.map((p) => {
          const Icon = icons[p.card.Kind];
          return (
            <li
              key={p.card.Id} style={{ paddingLeft: p.depth * 18 }} draggable={!fixed}
              className={[dragged === p.card.Id ? 'pl-dragged' : '', drop?.id === p.card.Id ? `pl-drop-${drop.where}` : ''].join(' ')}
              onDragStart={(e) => { e.dataTransfer.setData('text/plain', p.card.Id); e.dataTransfer.effectAllowed = 'move'; drag(p.card.Id); }}
              onDragOver={(e) => over(e, p)} onDrop={fall} onDragEnd={end}
            >
              <button
                type="button" id={`card-${p.card.Id}`} aria-current={chosen === p.card.Id ? 'true' : undefined} aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown Alt+ArrowRight Alt+ArrowLeft"
                onClick={() => choose(p.card.Id)} onKeyDown={(e) => keys(e, p)}
              >
                <IconGripVertical size={14} aria-hidden className="pl-grip" />
                <Icon size={14} aria-hidden />
                <span>{nameOf(p.card)}</span>
                <span className="pl-hidden">, {t(`market.kinds.${p.card.Kind}`)}</span>
              </button>
            </li>
          );
        })}
      </ol>
      {!fixed && <p className="pl-dim pl-small">{t('market.keys')}</p>}
      <p className="pl-hidden" role="status">{said}</p>
    </div>
  );
}

export function nameOf(c: Card): string {
  return c.Title || (c.Description ?? '').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim().slice(0, 60) || c.Kind;
}
