import { Modal, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Piece, pieceKey, usePieces } from './catalog';
import { ConnectorTile, toolIcons } from './StepTile';

// StepPicker finds a tool or a method by typing; arrows choose, Enter takes.
export function StepPicker({ account, title, pick, close }: { account: string; title: string; pick: (piece: Piece) => void; close: () => void }) {
  const { t } = useTranslation();
  const { pieces, loading } = usePieces(account, true);
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const found = useMemo(() => {
    const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (p: Piece) => (p.kind === 'tool' ? t(`builder.tools.${p.tool}`) : `${p.connector.Name} ${p.method.Name} ${p.method.Category ?? ''}`).toLowerCase();
    return pieces.filter((p) => words.every((w) => text(p).includes(w))).slice(0, 100);
  }, [pieces, typed, t]);
  const take = (p: Piece | undefined) => {
    if (!p) return;
    close();
    pick(p);
  };
  const go = (to: number) => {
    const next = Math.max(0, Math.min(found.length - 1, to));
    setAt(next);
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <Modal opened onClose={close} title={title} size={520} closeButtonProps={{ 'aria-label': t('act.close') }} className="pl-picker">
      <TextInput
        autoFocus data-autofocus aria-label={t('builder.search')} placeholder={t('builder.search')} leftSection={<IconSearch size={14} />} value={typed}
        role="combobox" aria-expanded aria-controls="pl-pieces" aria-activedescendant={found[at] ? `pl-piece-${at}` : undefined}
        onChange={(e) => {
          setTyped(e.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(e) => {
          if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
            e.preventDefault();
            go(at + (e.key === 'ArrowDown' ? 1 : -1));
          } else if (e.key === 'Enter') {
            e.preventDefault();
            take(found[at]);
          }
        }}
      />
      <div id="pl-pieces" className="pl-pieces" role="listbox" aria-label={t('builder.pieces')} ref={list}>
        {found.map((p, i) => {
          const Picture = p.kind === 'tool' ? toolIcons[p.tool] : undefined;
          return (
            <div key={pieceKey(p)} id={`pl-piece-${i}`} role="option" aria-selected={i === at} className="pl-piece" onMouseMove={() => setAt(i)} onClick={() => take(p)}>
              {Picture ? (
                <span className="pl-tool pl-tile-small">
                  <Picture size={12} />
                </span>
              ) : (
                p.kind === 'method' && <ConnectorTile connector={p.connector.Connector} small />
              )}
              <span className="pl-piece-name">{p.kind === 'tool' ? t(`builder.tools.${p.tool}`) : p.method.Name}</span>
              <span className="pl-dim pl-small">{p.kind === 'tool' ? t('builder.tool') : `${p.connector.Name}${p.method.MethodType === 'Webhook' ? `, ${t('builder.webhook')}` : ''}`}</span>
            </div>
          );
        })}
      </div>
      {found.length === 0 && <p className="pl-dim pl-pad">{loading ? t('builder.loadingPieces') : t('builder.noPiece', { text: typed })}</p>}
    </Modal>
  );
}
