import './setup.css';
import { ActionIcon, Button, Tabs, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { IconCheck, IconCircleDashed, IconPencil, IconX } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MappingInput, Step, StepInput, TransactionItem } from '../api';
import { changeMapping, changeStep, inputOf, mappingIn } from '../builder/changes';
import { inOrder, isNote } from '../builder/flow';
import { StepTile } from '../builder/StepTile';
import { nameOf } from '../builder/stepWords';
import type { Editor } from '../builder/useEditor';
import { useVariables } from '../builder/Variables';
import { JsonView } from '../ui/JsonView';
import { StatusPill } from '../ui/StatusPill';
import { stepStatus } from '../ui/status';
import { Advanced } from './Advanced';
import { setupKey, useFields, useRows, useSample } from './data';
import { MappingTable } from './MappingTable';
import { open, type Row } from './model';
import { TestStep } from './TestStep';
import { ToolSetup } from './ToolSetup';
import { WebhookSetup } from './WebhookSetup';

type Props = { editor: Editor; step: Step; number: number; edit: boolean; tab: 'setup' | 'test'; runs: TransactionItem[]; close: () => void; goTo: (step: string) => void };

// SetupPanel is the set-up of a step beside the canvas: what it is called, what fills it, how it behaves, and a test.
export function SetupPanel({ editor, step, number, edit, tab, runs, close, goTo }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { account, cycle } = editor;
  const rows = useRows(account, step);
  const fields = useFields(account, step.Id);
  const variables = useVariables(account, cycle);
  const sample = useSample(account, cycle);
  const [at, setAt] = useState<string | null>(null);
  const [naming, setNaming] = useState(false);
  const panel = useRef<HTMLElement>(null);
  const flow = editor.flow.data ?? { steps: [], edges: [] };
  useEffect(() => {
    setAt(tab === 'test' ? 'test' : runs.length > 0 ? 'run' : 'mapping');
    setNaming(false);
    panel.current?.focus();
  }, [step.Id, tab]);

  const change = (input: StepInput) => {
    const now = inputOf(step) as Record<string, unknown>;
    const before = Object.fromEntries(Object.keys(input).map((k) => [k, now[k] ?? (k === 'Script' || k === 'Description' ? '' : null)])) as StepInput;
    void editor.run(changeStep(step.Id, input, before));
  };
  const save = (row: Row, after: MappingInput) =>
    editor.run(
      changeMapping(step.Id, row, after, { ...mappingIn(row.mapping), ...('IsLaunchVisible' in after ? {} : { IsLaunchVisible: undefined as never }) }, () => void queries.invalidateQueries({ queryKey: setupKey(account, step.Id) })),
    );
  const order = inOrder(flow).filter((s) => !isNote(s));
  const place = order.findIndex((s) => s.Id === step.Id);
  const missing = rows.rows.filter(open).length;
  const calls = step.Method !== null && step.ActionType === 'Action';
  const nameOfStep = (id: string) => flow.steps.find((s) => s.Id === id)?.Name;
  const common = { account, step, edit, nameOfStep, fields: fields.data ?? [], variables: variables.data ?? [], sample: sample.data ?? null };
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
        if (!typing && e.key === '[' && place > 0) goTo(order[place - 1]!.Id);
        else if (!typing && e.key === ']' && order[place + 1]) goTo(order[place + 1]!.Id);
      }}
    >
      <header className="pl-setup-head">
        <StepTile step={step} />
        <div>
          {naming ? (
            <TextInput
              aria-label={t('setup.name')} defaultValue={step.Name} autoFocus
              onBlur={(e) => {
                const Name = e.currentTarget.value.trim();
                setNaming(false);
                if (Name && Name !== step.Name) change({ Name });
              }}
              onKeyDown={(e) => {
                if (e.key === 'Enter') e.currentTarget.blur();
              }}
            />
          ) : (
            <h2>
              {nameOf(step, t)}
              {edit && (
                <ActionIcon size={22} aria-label={t('setup.rename')} onClick={() => setNaming(true)}>
                  <IconPencil size={14} />
                </ActionIcon>
              )}
              {calls && rows.data && (
                <span className={missing > 0 ? 'pl-pill pl-caution' : 'pl-pill pl-ok'}>
                  {missing > 0 ? <IconCircleDashed size={13} aria-hidden /> : <IconCheck size={13} aria-hidden />}
                  {missing > 0 ? t('builder.todo', { count: missing }) : t('setup.done')}
                </span>
              )}
            </h2>
          )}
          <p>
            {t('setup.step', { number })}
            {step.Method ? `, ${step.Method.Name}, ${step.AccountConnector?.Name ?? ''}` : `, ${t(`builder.kinds.${step.ActionType}`)}`}
          </p>
        </div>
        <ActionIcon aria-label={t('act.close')} onClick={close}>
          <IconX size={18} />
        </ActionIcon>
      </header>
      <Tabs value={at} onChange={setAt} className="pl-setup-tabs" keepMounted={false}>
        <Tabs.List>
          {step.ActionType === 'Webhook' && <Tabs.Tab value="mapping">{t('setup.tabs.webhook')}</Tabs.Tab>}
          {calls && <Tabs.Tab value="mapping">{t('setup.tabs.mapping')}</Tabs.Tab>}
          {!step.Method && <Tabs.Tab value="mapping">{t('setup.tabs.tool')}</Tabs.Tab>}
          {calls && <Tabs.Tab value="advanced">{t('setup.tabs.advanced')}</Tabs.Tab>}
          {calls && <Tabs.Tab value="test">{t('setup.tabs.test')}</Tabs.Tab>}
          {runs.length > 0 && <Tabs.Tab value="run">{t('setup.tabs.run')}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="mapping">
          {step.ActionType === 'Webhook' ? (
            <WebhookSetup {...common} change={change} first={place === 0} />
          ) : calls ? (
            <MappingTable {...common} rows={rows.rows} loading={rows.isLoading} error={rows.error} retry={() => rows.refetch()} save={save} />
          ) : (
            <ToolSetup {...common} change={change} />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="advanced">
          <Advanced account={account} step={step} edit={edit} change={change} />
        </Tabs.Panel>
        <Tabs.Panel value="test">
          <TestStep {...common} rows={rows.rows} />
        </Tabs.Panel>
        <Tabs.Panel value="run">
          {runs.map((run) => (
            <section key={run.Id} className="pl-setup-run">
              <h3>
                <StatusPill status={stepStatus(run)} /> {run.HttpStatus ? `HTTP ${run.HttpStatus}` : ''} {run.Level !== 'Information' && run.Message}
              </h3>
              {run.Request && <JsonView text={run.Request} label={t('transactions.request')} />}
              {run.Response && <JsonView text={run.Response} label={t('transactions.response')} />}
            </section>
          ))}
        </Tabs.Panel>
      </Tabs>
      <footer className="pl-setup-foot">
        <span className="pl-dim">{calls && rows.data ? (missing > 0 ? t('setup.missing', { count: missing }) : t('setup.allFilled')) : ''}</span>
        <Button variant="subtle" color="gray" disabled={place <= 0} onClick={() => goTo(order[place - 1]!.Id)}>
          {t('setup.previous')} <kbd>[</kbd>
        </Button>
        <Button variant="subtle" color="gray" disabled={place < 0 || place >= order.length - 1} onClick={() => goTo(order[place + 1]!.Id)}>
          {t('setup.next')} <kbd>]</kbd>
        </Button>
        <Button variant="filled" onClick={close}>
          {t('act.close')}
        </Button>
      </footer>
    </aside>
  );
}
