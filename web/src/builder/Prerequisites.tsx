import { useQuery } from '@tanstack/react-query';
import { IconArrowRight, IconCircleDashed } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { cyclesPrerequisitesGet, type Prerequisite } from '../api';
import { ask } from '../lib/ask';
import { ErrorPanel } from '../ui/ErrorPanel';
import type { Flow } from './flow';
import { nameOf } from './stepWords';

export function usePrerequisites(account: string, cycle: string) {
  const list = useQuery({
    queryKey: [account, 'prerequisites', cycle], refetchInterval: 10_000,
    queryFn: () => ask(cyclesPrerequisitesGet({ headers: { 'X-Cyclr-Account': account }, path: { id: cycle } })),
  });
  const data = list.data;
  const todo = useMemo(() => {
    const counts = new Map<string, number>();
    for (const p of data ?? []) if (typeof p.ObjectId === 'string') counts.set(p.ObjectId, (counts.get(p.ObjectId) ?? 0) + 1);
    return counts;
  }, [data]);
  // Nothing is missing only where the server said so.
  return { list: data ?? [], todo, ready: data?.length === 0, error: data ? null : list.error, retry: list.refetch };
}

// Prerequisites lists what is missing; each leads to its place.
export function Prerequisites({ list, error, retry, flow, go }: { list: Prerequisite[]; error: Error | null; retry: () => void; flow: Flow; go: (p: Prerequisite) => void }) {
  const { t } = useTranslation();
  if (error) return <ErrorPanel what={t('builder.missing')} error={error} retry={retry} inline />;
  if (list.length === 0) return null;
  const placeOf = (p: Prerequisite) => {
    const step = flow.steps.find((s) => s.Id === p.ObjectId);
    if (step) return nameOf(step, t);
    const ac = flow.steps.find((s) => s.AccountConnectorId === p.ObjectId)?.AccountConnector;
    return ac?.Name ?? (p.ObjectType === 'Variable' ? String(p.ObjectId) : '');
  };
  return (
    <section className="pl-todo-list" aria-label={t('builder.things', { count: list.length })}>
      <h2>
        <IconCircleDashed size={15} aria-hidden /> {t('builder.things', { count: list.length })}
      </h2>
      <ol>
        {list.map((p, i) => (
          <li key={`${p.ReasonCode} ${String(p.ObjectId)}`}>
            <button type="button" onClick={() => go(p)}>
              <span className="pl-todo-number">{i + 1}</span>
              <span>
                <strong>{p.Reason}</strong>
                <span className="pl-dim pl-small">{[placeOf(p), t('builder.code', { code: p.ReasonCode })].filter(Boolean).join(', ')}</span>
              </span>
              <IconArrowRight size={14} aria-hidden />
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
