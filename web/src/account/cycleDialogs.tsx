import { Select } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Cycle, cyclesActivatePut, cyclesDeactivatePut, cyclesDeleteDelete, cyclesUpgradePut } from '../api';
import { ask } from '../lib/ask';
import { count } from '../lib/format';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { useToast } from '../ui/Toasts';

type Props = { account: string; cycle: Cycle; close: () => void };

function useDone(account: string) {
  const queries = useQueryClient();
  const toast = useToast();
  return async (text: string) => {
    await queries.invalidateQueries({ queryKey: [account] });
    toast(text);
  };
}

const of = ({ account, cycle }: Props) => ({ headers: { 'X-Cyclr-Account': account }, path: { id: cycle.Id } });

export function StopCycle(props: Props) {
  const { t } = useTranslation();
  const done = useDone(props.account);
  const { cycle } = props;
  const n = cycle.InProgressTransactionCount;
  return (
    <ConfirmDialog
      title={t('cycles.stopTitle', { name: cycle.Name })}
      close={props.close}
      choices={[
        ...(n > 0 ? [{ word: t('cycles.stopNow'), danger: true, act: async () => { await ask(cyclesDeactivatePut(of(props))); await done(t('cycles.stopped', { name: cycle.Name })); } }] : []),
        n > 0
          ? { word: t('cycles.finish'), main: true, act: async () => { await ask(cyclesDeactivatePut({ ...of(props), query: { finishQueuedTransactions: 'true' } })); await done(t('cycles.finishing', { name: cycle.Name })); } }
          : { word: t('cycles.stop'), main: true, act: async () => { await ask(cyclesDeactivatePut(of(props))); await done(t('cycles.stopped', { name: cycle.Name })); } },
      ]}
    >
      <p>{n > 0 ? t('cycles.stopText', { n: count(n) }) : t('cycles.stopTextNone')}</p>
    </ConfirmDialog>
  );
}

const intervals = [1, 5, 15, 30, 60, 120, 360, 720, 1440, 10080];

export function ActivateCycle(props: Props) {
  const { t } = useTranslation();
  const done = useDone(props.account);
  const { cycle } = props;
  const [interval, setInterval] = useState(String(cycle.Interval ?? 60));
  return (
    <ConfirmDialog
      title={t('cycles.activateTitle', { name: cycle.Name })}
      close={props.close}
      choices={[
        { word: t('cycles.runOnce'), act: async () => { await ask(cyclesActivatePut({ ...of(props), body: { RunOnce: true } })); await done(t('cycles.activated', { name: cycle.Name })); } },
        {
          word: t('cycles.activate'), main: true,
          act: async () => {
            await ask(cyclesActivatePut({ ...of(props), body: cycle.Cron ? { Cron: cycle.Cron } : { Interval: Number(interval) } }));
            await done(t('cycles.activated', { name: cycle.Name }));
          },
        },
      ]}
    >
      <Select
        label={t('cycles.interval')}
        data={intervals.map((n) => ({ value: String(n), label: t(`cycles.minutes.${n}`) }))}
        value={interval}
        allowDeselect={false}
        onChange={(v) => setInterval(v ?? '60')}
        disabled={!!cycle.Cron}
        description={t('cycles.webhookNote')}
      />
    </ConfirmDialog>
  );
}

export function DeleteCycle(props: Props) {
  const { t } = useTranslation();
  const done = useDone(props.account);
  const { cycle } = props;
  return (
    <ConfirmDialog
      title={t('cycles.deleteTitle', { name: cycle.Name })}
      close={props.close}
      choices={[{ word: t('cycles.delete'), danger: true, main: true, act: async () => { await ask(cyclesDeleteDelete(of(props))); await done(t('cycles.deleted', { name: cycle.Name })); } }]}
    >
      <p>{t('cycles.deleteText')}</p>
    </ConfirmDialog>
  );
}

// UpgradeCycle moves a cycle to its template's live release; what the customer set stays.
export function UpgradeCycle(props: Props) {
  const { t } = useTranslation();
  const done = useDone(props.account);
  const { cycle } = props;
  return (
    <ConfirmDialog
      title={t('cycles.upgradeTitle', { name: cycle.Name })}
      close={props.close}
      choices={[{ word: t('cycles.upgrade'), main: true, act: async () => { await ask(cyclesUpgradePut(of(props))); await done(t('cycles.upgraded', { name: cycle.Name })); } }]}
    >
      <p>{t('cycles.upgradeText')}</p>
    </ConfirmDialog>
  );
}
