import { Button, Progress, Select } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Cycle, cyclesTransactionsResubmitPost } from '../api';
import { ask } from '../lib/ask';
import { count } from '../lib/format';
import { Dialog, Form } from '../ui/FormDialog';
import { keepTask, useTask } from '../ui/tasks';

type Job = { cycle: string; name: string; after?: string; before?: string; code?: string; signature?: string; total: number | null; done: number; unavailable: number; next?: string };

const place = (account: string) => `resubmit/${account}`;

// ResubmitMany repeats the failed transactions of one cycle. What is left to do stands in the browser's store: after a
// reload it goes on where it was.
export function ResubmitMany({ account, cycles, preset, close }: { account: string; cycles: Pick<Cycle, 'Id' | 'Name'>[]; preset: { cycle?: string; after?: string; before?: string; code?: string; signature?: string }; close: () => void }) {
  const { t } = useTranslation();
  const [cycle, setCycle] = useState<string | null>(preset.cycle ?? cycles[0]?.Id ?? null);
  const [found, setFound] = useState<number | null | undefined>(undefined);
  const body = { After: preset.after, Before: preset.before, Code: preset.code, Signature: preset.signature };
  const options = { headers: { 'X-Cyclr-Account': account }, path: { id: cycle ?? '' } };
  return (
    <Dialog title={t('resubmit.title')} close={close}>
      <Form
        word={found === undefined ? t('resubmit.count') : t('resubmit.go')}
        cancel={close}
        disabled={!cycle || found === 0}
        submit={async () => {
          if (found === undefined) {
            setFound((await ask(cyclesTransactionsResubmitPost({ ...options, body: { ...body, DryRun: true } }))).Matched);
            return;
          }
          const name = cycles.find((c) => c.Id === cycle)?.Name ?? '';
          keepTask<Job>(place(account), { cycle: cycle ?? '', name, after: preset.after, before: preset.before, code: preset.code, signature: preset.signature, total: found, done: 0, unavailable: 0 });
          close();
        }}
      >
        <p>{t(preset.signature ? 'resubmit.textLike' : 'resubmit.text')}</p>
        <Select label={t('transactions.cycle')} data={cycles.map((c) => ({ value: c.Id, label: c.Name }))} value={cycle} onChange={(v) => { setCycle(v); setFound(undefined); }} searchable allowDeselect={false} />
        {found !== undefined && <p role="status">{found === null ? t('resubmit.many') : t('resubmit.found', { n: count(found) })}</p>}
      </Form>
    </Dialog>
  );
}

// ResubmitProgress shows the work that ResubmitMany began, and carries it on.
export function ResubmitProgress({ account }: { account: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const job = useTask<Job>(place(account), async (j) => {
    const out = await ask(
      cyclesTransactionsResubmitPost({ headers: { 'X-Cyclr-Account': account }, path: { id: j.cycle }, body: { After: j.after, Before: j.before, Code: j.code, Signature: j.signature, Next: j.next } }),
    );
    const next = { ...j, done: j.done + out.Resubmitted, unavailable: j.unavailable + out.Unavailable, next: out.Next ?? undefined };
    if (!out.More) void queries.invalidateQueries({ queryKey: [account] });
    return { state: next, more: out.More };
  });
  if (!job.state) return null;
  const s = job.state;
  return (
    <section className="pl-card pl-progress" role="status" aria-label={t('resubmit.title')}>
      <strong>{t(job.ended ? 'resubmit.done' : 'resubmit.running', { n: count(s.done), name: s.name })}</strong>
      {s.total ? <Progress value={(100 * s.done) / Math.max(1, s.total)} aria-label={t('resubmit.title')} color="ink" /> : null}
      {s.unavailable > 0 && <span className="pl-dim">{t('resubmit.unavailable', { n: count(s.unavailable) })}</span>}
      {job.failed && <span className="pl-field-error">{job.failed.message}</span>}
      <div className="pl-acts">
        {job.failed && <Button size="xs" onClick={job.again}>{t('act.tryAgain')}</Button>}
        <Button size="xs" onClick={job.drop}>{t(job.ended ? 'act.close' : 'resubmit.stop')}</Button>
      </div>
    </section>
  );
}
