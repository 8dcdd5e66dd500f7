import { Button } from '@mantine/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconSend } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type MarketplaceFull, type Told as Said, marketplacesNotificationReplayPost, marketplacesNotificationsGet } from '../../api';
import { ask, askList } from '../../lib/ask';
import { exact, when } from '../../lib/format';
import { ownZone } from '../../lib/zone';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Dialog } from '../../ui/FormDialog';
import { StatusPill } from '../../ui/StatusPill';
import { toldStatus } from '../../ui/status';
import { useToast } from '../../ui/Toasts';
import { wordsOf } from '../../ui/words';

const lookAgain = 5_000; // ms; what waits is posted meanwhile

// Told lists what the marketplace's address is told, and how that went.
export function Told({ market: m, fixed, close }: { market: MarketplaceFull; fixed: boolean; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const [at, go] = useState({ page: 1, size: 10 });
  const [busy, work] = useState('');
  const [wrong, tell] = useState<Error | null>(null);
  const list = useQuery({
    queryKey: ['marketplaces', String(m.Id), 'told', at], refetchInterval: lookAgain, placeholderData: keepPreviousData,
    queryFn: () => askList(marketplacesNotificationsGet({ path: { marketplace: m.Id }, query: { page: at.page, pageSize: at.size } })),
  });
  const again = async (n: Said) => {
    work(n.Id);
    tell(null);
    try {
      await ask(marketplacesNotificationReplayPost({ path: { marketplace: m.Id, account: n.AccountId, notification: n.Id } }));
      toast(t('market.toldAgain'));
      await queries.invalidateQueries({ queryKey: ['marketplaces', String(m.Id), 'told'] });
    } catch (e) {
      tell(e as Error);
    }
    work('');
  };
  const title = (n: Said) => (m.Cards ?? []).flatMap(function within(c): { Id: string; Title: string }[] { return [c, ...(c.Cards ?? []).flatMap(within)]; }).find((c) => c.Id === n.CardId)?.Title ?? n.CardId;
  return (
    <Dialog title={t('market.told')} close={close} size="xl">
      <div className="pl-dialog">
        <p className="pl-dim">{m.NotificationUrl ? t('market.toldText', { url: m.NotificationUrl }) : t('market.toldNowhere')}</p>
        {wrong && <p role="alert" className="pl-field-error">{wordsOf(wrong, t)}</p>}
        <DataTable
          label={t('market.told')}
          columns={[
            { key: 'what', head: t('market.toldWhat'), phone: 'title', cell: (n: Said) => <strong>{t(`market.toldOf.${n.Status}`)}</strong> },
            { key: 'account', head: t('accounts.account'), wide: true, cell: (n) => n.AccountName },
            { key: 'package', head: t('market.kinds.Package'), cell: title },
            { key: 'state', head: t('market.toldState'), cell: (n) => <><StatusPill status={toldStatus(n)} quiet />{n.HttpStatus ? <code> {n.HttpStatus}</code> : null}</> },
            { key: 'when', head: t('incidents.when'), number: true, cell: (n) => <time title={exact(n.CreatedOnUtc, ownZone)}>{when(n.CreatedOnUtc, ownZone)}</time> },
          ]}
          rows={list.data?.items}
          rowKey={(n) => n.Id}
          error={list.error}
          refreshing={list.isPlaceholderData}
          retry={list.refetch}
          actions={fixed ? undefined : (n) => <Button size="xs" loading={busy === n.Id} onClick={() => again(n)} aria-label={`${t('market.tellAgain')}: ${t(`market.toldOf.${n.Status}`)}, ${n.AccountName}`}>{t('market.tellAgain')}</Button>}
          pager={list.data && { ...at, total: list.data.total, more: list.data.items.length === at.size, go: (page, size) => go({ page, size }) }}
          empty={<EmptyState icon={IconSend} title={t('market.toldNone')} text={t('market.toldNoneText')} />}
        />
      </div>
    </Dialog>
  );
}
