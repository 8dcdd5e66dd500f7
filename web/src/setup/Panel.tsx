import './setup.css';
import { ActionIcon, Button, Tabs, Tooltip } from '@mantine/core';
import { IconX, type Icon } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Step } from '../api';
import { type Flow, inOrder, isNote } from '../builder/flow';
import { StepTile } from '../builder/StepTile';
import { nameOf } from '../builder/stepWords';

export type Part = { value: string; label: string; content: ReactNode };
export type Act = { label: string; icon: Icon; act: () => void };

type Props = {
  step: Step; flow: Flow; number: number; title: ReactNode; parts: Part[]; at: string | null; setAt: (part: string | null) => void; acts?: Act[]; foot?: string;
  close: () => void; goTo: (step: string) => void;
};

// Panel is the frame of a step's set-up: what the step is, its parts, and the way to its neighbours.
export function Panel({ step, flow, number, title, parts, at, setAt, acts = [], foot = '', close, goTo }: Props) {
  const { t } = useTranslation();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus(), [step.Id]);
  const order = inOrder(flow).filter((s) => !isNote(s));
  const place = order.findIndex((s) => s.Id === step.Id);
  const before = place > 0 ? order[place - 1] : undefined;
  const after = place < 0 ? undefined : order[place + 1];
  return (
    <aside
      className="pl-setup" ref={panel} tabIndex={-1} aria-label={t('setup.of', { name: nameOf(step, t) })}
      onKeyDown={(e) => {
        if (e.defaultPrevented) return;
        const typing = /^(INPUT|TEXTAREA)$/.test((e.target as HTMLElement).tagName);
        if (e.key === 'Escape') {
          (e.target as HTMLElement).blur(); // what was typed is stored when its field is left
          close();
        }
        if (!typing && e.key === '[' && before) goTo(before.Id);
        else if (!typing && e.key === ']' && after) goTo(after.Id);
      }}
    >
      <header className="pl-setup-head">
        <StepTile step={step} />
        <div>
          {title}
          <p>
            {isNote(step) ? t('builder.tools.Annotation') : t('setup.step', { number })}
            {step.Method ? `, ${step.Method.Name}, ${step.AccountConnector?.Name ?? ''}` : isNote(step) ? '' : `, ${t(`builder.kinds.${step.ActionType}`)}`}
          </p>
        </div>
        {acts.map(({ label, icon: Picture, act }) => (
          <Tooltip key={label} label={label}>
            <ActionIcon aria-label={label} onClick={act}>
              <Picture size={17} />
            </ActionIcon>
          </Tooltip>
        ))}
        <ActionIcon aria-label={t('act.close')} onClick={close}>
          <IconX size={18} />
        </ActionIcon>
      </header>
      <Tabs value={at} onChange={setAt} className="pl-setup-tabs" keepMounted={false}>
        <Tabs.List>
          {parts.map((p) => (
            <Tabs.Tab key={p.value} value={p.value}>{p.label}</Tabs.Tab>
          ))}
        </Tabs.List>
        {parts.map((p) => (
          <Tabs.Panel key={p.value} value={p.value}>{p.content}</Tabs.Panel>
        ))}
      </Tabs>
      <footer className="pl-setup-foot">
        <span className="pl-dim">{foot}</span>
        <Button variant="subtle" color="gray" disabled={!before} onClick={() => before && goTo(before.Id)}>
          {t('setup.previous')} <kbd>[</kbd>
        </Button>
        <Button variant="subtle" color="gray" disabled={!after} onClick={() => after && goTo(after.Id)}>
          {t('setup.next')} <kbd>]</kbd>
        </Button>
        <Button variant="filled" onClick={close}>
          {t('act.close')}
        </Button>
      </footer>
    </aside>
  );
}
