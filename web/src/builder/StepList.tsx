import { IconChevronRight, IconCircleDashed } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { asList, type Flow } from './flow';
import type { Overlay } from './run';
import { StepTile } from './StepTile';
import { nameOf, subtitle } from './stepWords';

// StepList is the flow as a list from top to bottom: the form view, and the builder on a phone.
export function StepList({ flow, todo, overlay, open, chosen = [] }: { flow: Flow; todo: Map<string, number>; overlay: Overlay | undefined; open: (step: string) => void; chosen?: string[] }) {
  const { t } = useTranslation();
  const lines = useMemo(() => asList(flow), [flow]);
  return (
    <ol className="pl-form-list" aria-label={t('builder.steps')}>
      {lines.map(({ step, number, depth, via }) => {
        const missing = todo.get(step.Id) ?? 0;
        const run = overlay?.steps.get(step.Id);
        const Picture = run?.status.icon;
        return (
          <li key={step.Id} className={`pl-depth-${depth}`}>
            {via && <span className="pl-form-exit">{via}</span>}
            <button type="button" aria-current={chosen.includes(step.Id) ? 'step' : undefined} className={missing > 0 ? 'pl-form-step pl-node-todo' : 'pl-form-step'} onClick={() => open(step.Id)}>
              <StepTile step={step} />
              <span className="pl-form-text">
                <strong>
                  <span className="pl-dim">{number}</span> {nameOf(step, t)}
                </strong>
                <span>{subtitle(step, t)}</span>
              </span>
              {run && Picture ? (
                <span className={`pl-pill pl-${run.status.role}`}>
                  <Picture size={13} aria-hidden /> {run.text || t(`status.${run.status.word}`)}
                </span>
              ) : missing > 0 ? (
                <span className="pl-pill pl-caution">
                  <IconCircleDashed size={13} aria-hidden /> {t('builder.todo', { count: missing })}
                </span>
              ) : (
                <IconChevronRight size={18} aria-hidden />
              )}
            </button>
          </li>
        );
      })}
    </ol>
  );
}
