import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { IconRotateClockwise, IconRoute, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cyclesTransactionResubmitPost, type TransactionItem } from '../api';
import { ask } from '../lib/ask';
import { count, duration, exact, when } from '../lib/format';
import { useListSearch } from '../lib/paging';
import { useTransaction } from '../lib/queries';
import { may, useSession } from '../lib/session';
import { useZone } from '../lib/zone';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { ErrorPanel } from '../ui/ErrorPanel';
import { JsonView } from '../ui/JsonView';
import { Loading } from '../ui/Loading';
import { LinkButton } from '../ui/links';
import { PageHead } from '../ui/Page';
import { StatusPill } from '../ui/StatusPill';
import { stepStatus } from '../ui/status';
import { useToast } from '../ui/Toasts';
import { FilesIn } from './FilesIn';
import { SplitRows } from './SplitRows';
import { RemoveOne } from './RemoveTransactions';

// TransactionDetail shows the steps of one run in their order, and what went over the wire at each.
export function TransactionDetail() {
  const { t } = useTranslation();
  const { account, cycle, transaction } = useParams({ strict: false }) as { account: string; cycle: string; transaction: string };
  const { data: session } = useSession();
  const zone = useZone(account);
  const { search, set } = useListSearch();
  const steps = useTransaction(account, cycle, transaction);
  const [dialog, setDialog] = useState<'resubmit' | 'again' | 'remove' | null>(null);
  if (steps.error && !steps.items) return <ErrorPanel what={t('transactions.one')} error={steps.error} retry={steps.refetch} />;
  const items = steps.items ?? [];
  const { failed } = steps;
  const selected = items.find((s) => s.Id === search.step) ?? failed ?? items[0];
  const edit = may(session, 'OpenAccount', 'Edit');
  return (
    <>
      <PageHead
        title={t('transactions.one')}
        lead={
          <>
            <code>{transaction}</code> {items[0] && <time title={exact(items[0].CreatedOnUtc, zone)}>{when(items[0].CreatedOnUtc, zone)}</time>}
          </>
        }
      >
        {items.length > 0 && (
          <LinkButton to={`/a/${encodeURIComponent(account)}/cycles/${cycle}/build` as never} search={{ run: transaction } as never} leftSection={<IconRoute size={14} />}>
            {t('transactions.onCanvas')}
          </LinkButton>
        )}
        {edit && items.length > 0 && (
          <>
            <Button leftSection={<IconTrash size={14} />} onClick={() => setDialog('remove')}>{t('remove.one')}</Button>
            <Button onClick={() => setDialog('again')}>{t('transactions.again')}</Button>
            {failed && (
              <Button variant="filled" leftSection={<IconRotateClockwise size={14} />} onClick={() => setDialog('resubmit')}>
                {t('transactions.resubmit')}
              </Button>
            )}
          </>
        )}
      </PageHead>
      <div className="pl-split">
        <nav className="pl-card" aria-label={t('transactions.steps')}>
          <div className="pl-title">{t('transactions.steps')}</div>
          {!steps.items && <Loading what={t('transactions.steps')} lines={6} />}
          {steps.items && items.length === 0 && <p className="pl-dim pl-pad">{t('transactions.noSteps')}</p>}
          <ol className="pl-steps">
            {items.map((s, i) => (
              <li key={s.Id}>
                <button type="button" className="pl-step" aria-current={s === selected ? 'step' : undefined} onClick={() => set({ step: s.Id })}>
                  <StatusIcon item={s} />
                  <span className="pl-dim">{i + 1}</span>
                  <span title={s.StepName}>{s.StepName}</span>
                  <span className="pl-dim pl-small">{s.Exit && s.Exit !== 'Forward' ? s.Exit : s.DurationMs === null ? '' : duration(s.DurationMs)}</span>
                </button>
              </li>
            ))}
          </ol>
          {steps.hasNextPage && (
            <div className="pl-pad">
              <Button size="xs" loading={steps.isFetchingNextPage} onClick={() => void steps.fetchNextPage()}>
                {steps.total === null ? t('transactions.more') : t('transactions.moreOf', { shown: count(items.length), total: count(steps.total) })}
              </Button>
            </div>
          )}
          <SplitRows account={account} cycle={cycle} transaction={transaction} />
        </nav>
        {selected ? <Exchange key={selected.Id} account={account} item={selected} /> : !steps.items ? <Loading what={t('transactions.one')} card lines={8} /> : <p className="pl-dim pl-pad">{t('transactions.pick')}</p>}
      </div>
      {dialog === 'remove' && <RemoveOne account={account} cycle={cycle} transaction={transaction} close={() => setDialog(null)} />}
      {(dialog === 'again' || dialog === 'resubmit') && <Resubmit account={account} cycle={cycle} transaction={transaction} from={dialog} close={() => setDialog(null)} />}
    </>
  );
}

function StatusIcon({ item }: { item: TransactionItem }) {
  const { t } = useTranslation();
  const status = stepStatus(item);
  const Picture = status.icon;
  return (
    <span className={`pl-pill pl-quiet pl-${status.role}`}>
      <Picture size={15} role="img" aria-label={t(`status.${status.word}`)} />
    </span>
  );
}

function Exchange({ account, item }: { account: string; item: TransactionItem }) {
  const { t } = useTranslation();
  return (
    <div style={{ display: 'grid', gap: 16, minWidth: 0 }}>
      {item.Message && item.Level !== 'Information' && (
        <div className={`pl-card pl-message${item.Level === 'Warning' ? ' pl-warned' : ''}`}>
          <h2>{item.Message}</h2>
          <p className="pl-dim">
            {item.HttpStatus ? `HTTP ${item.HttpStatus}, ` : ''}
            {t('transactions.attempt', { n: item.Attempt })}
          </p>
        </div>
      )}
      <div className="pl-card" style={{ overflow: 'clip' }}>
        <div className="pl-title">
          {item.StepName} <StatusPill status={stepStatus(item)} />
        </div>
        {item.Message && item.Level === 'Information' && <p className="pl-pad">{item.Message}</p>}
        <div className="pl-exchange">
          <section>
            <h3>{t('transactions.request')}</h3>
            <JsonView text={item.Request} label={t('transactions.request')} />
            <FilesIn account={account} text={item.Request} />
          </section>
          <section>
            <h3>
              {t('transactions.response')} {item.HttpStatus && <span className={item.HttpStatus >= 400 ? 'pl-pill pl-fail' : 'pl-pill pl-off'}>{item.HttpStatus}</span>}
            </h3>
            <JsonView text={item.Response} label={t('transactions.response')} />
            <FilesIn account={account} text={item.Response} />
          </section>
        </div>
        <p className="pl-dim pl-small pl-pad">
          {t('transactions.redacted')} {t('transactions.kept')}
        </p>
      </div>
    </div>
  );
}

function Resubmit({ account, cycle, transaction, from, close }: { account: string; cycle: string; transaction: string; from: 'resubmit' | 'again'; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const word = t(from === 'resubmit' ? 'transactions.resubmit' : 'transactions.again');
  return (
    <ConfirmDialog
      title={t(from === 'resubmit' ? 'transactions.resubmitTitle' : 'transactions.againTitle')}
      close={close}
      choices={[
        {
          word, main: true,
          act: async () => {
            await ask(
              cyclesTransactionResubmitPost({ headers: { 'X-Cyclr-Account': account }, path: { id: cycle, transaction }, body: { From: from === 'resubmit' ? 'Failed' : 'Start' } as never }),
            );
            await queries.invalidateQueries({ queryKey: [account] });
            toast(t('transactions.resubmitted'));
            await navigate({ to: '/a/$account/transactions', params: { account }, search: { cycle } as never });
          },
        },
      ]}
    >
      <p>{t(from === 'resubmit' ? 'transactions.resubmitText' : 'transactions.againText')}</p>
    </ConfirmDialog>
  );
}
