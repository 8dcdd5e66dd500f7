import { Button, Progress } from '@mantine/core';
import { lazy, type ReactNode, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { dropTask, type Task, useTask, useTasks } from './tasks';
import { wordsOf } from './words';

// What shows and carries on each kind of work; loaded when there is some.
const kinds = { resubmit: lazy(() => import('../account/ResubmitTask')) };

// TaskTray carries the long work of this tab on, and shows how far each piece is, on every page.
export function TaskTray() {
  const { t } = useTranslation();
  const tasks = useTasks();
  if (tasks.length === 0) return null;
  return (
    <section className="pl-tray" aria-label={t('tray.title')}>
      <Suspense fallback={null}>
        {tasks.map((task) => {
          const Kind = kinds[task.kind as keyof typeof kinds];
          return Kind && <Kind key={task.id} task={task as Task<never>} />;
        })}
      </Suspense>
    </section>
  );
}

type Work<T> = { task: Task<T>; step: (state: T) => Promise<{ state: T; more: boolean }>; title: string; share: number | null; stop: string; children?: ReactNode };

// TaskCard is one piece of work.
export function TaskCard<T>({ task, step, title, share, stop, children }: Work<T>) {
  const { t } = useTranslation();
  const { failed, again } = useTask(task, step);
  return (
    <div className="pl-card pl-progress" role="status" aria-label={title}>
      <strong>{title}</strong>
      {share !== null && !task.ended && <Progress value={share} aria-label={title} color="ink" />}
      {children}
      {failed && <span className="pl-field-error" role="alert">{wordsOf(failed, t)}</span>}
      <div className="pl-acts">
        {failed && <Button size="xs" onClick={again}>{t('act.tryAgain')}</Button>}
        <Button size="xs" onClick={() => dropTask(task.id)} aria-label={`${task.ended ? t('act.close') : stop}, ${title}`}>{task.ended ? t('act.close') : stop}</Button>
      </div>
    </div>
  );
}
