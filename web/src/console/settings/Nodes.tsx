import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { IconServer } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { type Node, nodesGet } from '../../api';
import { ask } from '../../lib/ask';
import { count, duration, exact, when } from '../../lib/format';
import { ownZone } from '../../lib/zone';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { StatusPill } from '../../ui/StatusPill';
import { nodeStatus } from '../../ui/status';

// How often the page looks, in milliseconds.
const every = 2000;

const allShards = 256;

// Nodes are the servers that share the database, as they are now.
export function Nodes() {
  const { t } = useTranslation();
  const list = useQuery({ queryKey: ['nodes'], queryFn: () => ask(nodesGet()), refetchInterval: every, placeholderData: keepPreviousData });
  const nodes = list.data?.Nodes ?? undefined;
  const free = allShards - (nodes ?? []).reduce((sum, n) => sum + n.Shards, 0);
  const late = (seconds: number | null | undefined) => (seconds == null ? t('nodes.nothing') : duration(seconds * 1000));
  return (
    <>
      <p className="pl-dim">{t('nodes.lead')}</p>
      {nodes && nodes.length > 0 && free > 0 && (
        <p role="status">
          <strong>{t('nodes.free', { count: free })}</strong>
        </p>
      )}
      <DataTable
        label={t('settings.nodes')}
        columns={[
          { key: 'node', head: t('nodes.node'), phone: 'title', wide: true, cell: (n: Node) => <strong>{t('nodes.number', { id: n.Id })}</strong> },
          { key: 'state', head: t('nodes.state'), cell: (n) => <StatusPill status={nodeStatus(n)} /> },
          { key: 'address', head: t('nodes.address'), cell: (n) => <code>{n.Address}</code> },
          { key: 'version', head: t('nodes.version'), phone: 'hide', cell: (n) => n.Version },
          { key: 'started', head: t('nodes.started'), phone: 'hide', cell: (n) => <time title={exact(n.StartedAt, ownZone)}>{when(n.StartedAt, ownZone)}</time> },
          { key: 'shards', head: t('nodes.shards'), number: true, cell: (n) => t('nodes.ofShards', { n: n.Shards, all: allShards }) },
          { key: 'queued', head: t('nodes.queued'), number: true, cell: (n) => count(n.Queued) },
          { key: 'oldest', head: t('nodes.oldest'), number: true, cell: (n) => late(n.OldestSeconds) },
          { key: 'lag', head: t('nodes.lag'), number: true, cell: (n) => late(n.LagSeconds) },
          { key: 'lease', head: t('nodes.lease'), number: true, phone: 'hide', cell: (n) => (n.LeaseSeconds > 0 ? duration(n.LeaseSeconds * 1000) : t('nodes.over')) },
        ]}
        rows={nodes}
        rowKey={(n) => String(n.Id)}
        error={list.error}
        retry={list.refetch}
        empty={<EmptyState icon={IconServer} title={t('nodes.none')} text={t('nodes.noneText')} />}
      />
    </>
  );
}
