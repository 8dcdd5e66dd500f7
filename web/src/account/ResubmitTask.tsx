import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { cyclesTransactionsResubmitPost } from '../api';
import { ask } from '../lib/ask';
import { count } from '../lib/format';
import { TaskCard } from '../ui/TaskTray';
import type { Task } from '../ui/tasks';

export type Resubmission = { cycle: string; name: string; after?: string; before?: string; code?: string; signature?: string; total: number | null; done: number; unavailable: number; next?: string };

// ResubmitTask repeats the failed transactions of one cycle, some with each call, until there is none left.
export default function ResubmitTask({ task }: { task: Task<Resubmission> }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const s = task.state;
  const step = async (j: Resubmission) => {
    const out = await ask(
      cyclesTransactionsResubmitPost({ headers: { 'X-Cyclr-Account': task.about }, path: { id: j.cycle }, body: { After: j.after, Before: j.before, Code: j.code, Signature: j.signature, Next: j.next } }),
    );
    if (!out.More) void queries.invalidateQueries({ queryKey: [task.about] });
    return { state: { ...j, done: j.done + out.Resubmitted, unavailable: j.unavailable + out.Unavailable, next: out.Next ?? undefined }, more: out.More };
  };
  return (
    <TaskCard task={task} step={step} title={t(task.ended ? 'resubmit.done' : 'resubmit.running', { n: count(s.done), name: s.name })} share={s.total ? (100 * (s.done + s.unavailable)) / s.total : null} stop={t('resubmit.stop')}>
      {s.unavailable > 0 && <span className="pl-dim">{t('resubmit.unavailable', { n: count(s.unavailable) })}</span>}
    </TaskCard>
  );
}
