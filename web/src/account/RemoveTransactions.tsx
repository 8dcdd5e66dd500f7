import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cyclesTransactionDelete, cyclesTransactionsDelete } from '../api';
import { ask } from '../lib/ask';
import { count } from '../lib/format';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { useToast } from '../ui/Toasts';
import { CycleChoice } from './CycleChoice';

type Preset = { cycle?: string; status?: string; splitType?: string; code?: string; signature?: string; trouble?: string; after?: string; before?: string };

// RemoveMany deletes the transactions of one cycle that have ended and that the list's filters choose. It does nothing while the list
// is narrowed by what the deletion cannot go by: more would go than is shown.
export function RemoveMany({ account, preset, narrowed, close }: { account: string; preset: Preset; narrowed: boolean; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const { cycle: chosen, ...filters } = preset;
  const [cycle, setCycle] = useState<string | null>(chosen ?? null);
  const given = Object.fromEntries(Object.entries(filters).filter(([, v]) => v));
  const live = ['Queued', 'InProgress', 'Waiting'].includes(preset.status ?? '');
  return (
    <ConfirmDialog
      title={t('remove.title')}
      close={close}
      choices={[
        {
          word: t('remove.go'), danger: true, main: true, disabled: !cycle || live || narrowed,
          act: async () => {
            const done = await ask(cyclesTransactionsDelete({ headers: { 'X-Cyclr-Account': account }, path: { id: cycle ?? '' }, query: given }));
            await queries.invalidateQueries({ queryKey: [account] });
            toast(t(done.More ? 'remove.more' : 'remove.done', { n: count(done.Removed) }));
          },
        },
      ]}
    >
      <p>{t(live ? 'remove.live' : narrowed ? 'remove.narrowed' : Object.keys(given).length > 0 ? 'remove.textFiltered' : 'remove.text')}</p>
      <CycleChoice account={account} value={cycle} change={setCycle} />
    </ConfirmDialog>
  );
}

// RemoveOne deletes the transaction that is shown, and goes back to the list.
export function RemoveOne({ account, cycle, transaction, close }: { account: string; cycle: string; transaction: string; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  return (
    <ConfirmDialog
      title={t('remove.oneTitle')}
      close={close}
      choices={[
        {
          word: t('remove.one'), danger: true, main: true,
          act: async () => {
            await ask(cyclesTransactionDelete({ headers: { 'X-Cyclr-Account': account }, path: { id: cycle, transaction } }));
            await navigate({ to: '/a/$account/transactions', params: { account }, search: { cycle } as never });
            await queries.invalidateQueries({ queryKey: [account] });
            toast(t('remove.oneDone'));
          },
        },
      ]}
    >
      <p>{t('remove.oneText')}</p>
    </ConfirmDialog>
  );
}
