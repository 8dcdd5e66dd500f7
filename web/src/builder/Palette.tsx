import { Button, TextInput } from '@mantine/core';
import { IconChevronDown, IconChevronRight, IconPlugConnected, IconSearch } from '@tabler/icons-react';
import { type DragEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccountConnector } from '../api';
import { ErrorPanel } from '../ui/ErrorPanel';
import { StatusPill } from '../ui/StatusPill';
import { needsSignIn } from '../ui/status';
import { type Piece, tools, useInstalled, useMethods, verbOf } from './catalog';
import { ConnectorTile, toolIcons } from './StepTile';

// The piece that is being dragged: a drag within one page need not travel as text.
export const dragged: { piece: Piece | null } = { piece: null };

const drag = (piece: Piece) => ({
  draggable: true,
  onDragStart: (e: DragEvent) => {
    dragged.piece = piece;
    e.dataTransfer.setData('text/plain', 'step');
    e.dataTransfer.effectAllowed = 'copy';
  },
  onDragEnd: () => {
    dragged.piece = null;
  },
});

// Palette is what a flow is made of: drag a piece to the canvas, or press it to add it after the chosen step.
export function Palette({ account, add, search, install }: { account: string; add: (piece: Piece) => void; search: () => void; install: () => void }) {
  const { t } = useTranslation();
  const installed = useInstalled(account);
  const [open, setOpen] = useState<number | null>(null);
  const apps = (installed.data ?? []).filter((c) => !c.Connector.IsSystemConnector);
  const utilities = (installed.data ?? []).filter((c) => c.Connector.IsSystemConnector);
  const group = (list: AccountConnector[]) =>
    list.map((c) => <ConnectorPieces key={c.Id} account={account} connector={c} add={add} open={open === c.Id} toggle={() => setOpen(open === c.Id ? null : c.Id)} />);
  return (
    <aside className="pl-palette" aria-label={t('builder.palette')}>
      <button type="button" className="pl-palette-search" onClick={search}>
        <IconSearch size={14} aria-hidden /> {t('builder.addStep')} <kbd>A</kbd>
      </button>
      <div className="pl-palette-list">
        <h2>{t('builder.toolsTitle')}</h2>
        <div className="pl-tools">
          {tools.map((tool) => {
            const Picture = toolIcons[tool]!;
            return (
              <button key={tool} type="button" {...drag({ kind: 'tool', tool })} onClick={() => add({ kind: 'tool', tool })}>
                <Picture size={17} stroke={1.6} aria-hidden />
                {t(`builder.tools.${tool}`)}
              </button>
            );
          })}
        </div>
        <h2>{t('builder.connectorsHere')}</h2>
        {installed.error && !installed.data && <ErrorPanel what={t('nav.connectors')} error={installed.error} retry={installed.refetch} inline />}
        {installed.data && apps.length === 0 && <p className="pl-dim pl-small pl-palette-none">{t('builder.noConnectors')}</p>}
        {group(apps)}
        {utilities.length > 0 && <h2>{t('builder.utilities')}</h2>}
        {group(utilities)}
      </div>
      <Button leftSection={<IconPlugConnected size={14} />} onClick={install} fullWidth>
        {t('builder.install')}
      </Button>
    </aside>
  );
}

function ConnectorPieces({ account, connector, add, open, toggle }: { account: string; connector: AccountConnector; add: (piece: Piece) => void; open: boolean; toggle: () => void }) {
  const { t } = useTranslation();
  const methods = useMethods(account, connector, open);
  const [typed, setTyped] = useState('');
  const want = typed.toLowerCase();
  const shown = (methods.data ?? []).filter((m) => `${m.Name} ${m.Category ?? ''}`.toLowerCase().includes(want));
  const Chevron = open ? IconChevronDown : IconChevronRight;
  return (
    <div className={open ? 'pl-connector pl-connector-open' : 'pl-connector'}>
      <button type="button" className="pl-connector-head" aria-expanded={open} onClick={toggle}>
        <ConnectorTile connector={connector.Connector} />
        <span title={connector.Name}>{connector.Name}</span>
        {!connector.Authenticated && <StatusPill status={needsSignIn} />}
        <Chevron size={14} aria-hidden />
      </button>
      {open && (
        <div className="pl-methods">
          {(methods.data?.length ?? 0) > 6 && (
            <TextInput size="xs" aria-label={t('builder.searchIn', { name: connector.Name })} placeholder={t('builder.search')} leftSection={<IconSearch size={13} />} value={typed} onChange={(e) => setTyped(e.currentTarget.value)} />
          )}
          {methods.isLoading && <p className="pl-dim pl-small">{t('builder.loadingPieces')}</p>}
          {methods.error && <ErrorPanel what={connector.Name} error={methods.error} retry={methods.refetch} inline />}
          {methods.data && shown.length === 0 && <p className="pl-dim pl-small">{t('builder.noPiece', { text: typed })}</p>}
          {shown.map((method) => (
            <button key={method.MethodUniqueIdentifier} type="button" title={method.Description ?? method.Name} {...drag({ kind: 'method', connector, method })} onClick={() => add({ kind: 'method', connector, method })}>
              <code>{verbOf(method)}</code>
              <span>{method.Name}</span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
