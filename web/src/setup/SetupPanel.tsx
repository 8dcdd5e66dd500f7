import { ActionIcon, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { IconCheck, IconCircleDashed, IconCopy, IconPencil, IconTrash } from '@tabler/icons-react';
import { useContext, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MappingInput, Step, StepInput, TransactionItem } from '../api';
import { Acts } from '../builder/acts';
import { changeMapping, changeStep, inputOf, mappingIn } from '../builder/changes';
import { inOrder, isNote } from '../builder/flow';
import { nameOf } from '../builder/stepWords';
import type { Editor } from '../builder/useEditor';
import { useVariables } from '../builder/Variables';
import { JsonView } from '../ui/JsonView';
import { StatusPill } from '../ui/StatusPill';
import { stepStatus } from '../ui/status';
import { Advanced } from './Advanced';
import { CustomFields } from './CustomFields';
import { setupKey, useFields, useRows, useSample } from './data';
import { Exits } from './Exits';
import { MappingTable } from './MappingTable';
import { open, type Row } from './model';
import { Panel, type Part } from './Panel';
import { TestStep } from './TestStep';
import { ToolSetup } from './ToolSetup';
import { UniqueFields } from './UniqueFields';
import { WebhookSetup } from './WebhookSetup';

type Props = { editor: Editor; step: Step; number: number; edit: boolean; tab: 'setup' | 'test'; seek: boolean; runs: TransactionItem[]; close: () => void; goTo: (step: string) => void };

// SetupPanel is the set-up of a step beside the canvas: what it is called, what fills it, how it behaves, and a test. seek goes
// to the first field that still needs somebody.
export function SetupPanel({ editor, step, number, edit, tab, seek, runs, close, goTo }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const acts = useContext(Acts);
  const { account, cycle } = editor;
  const rows = useRows(account, step);
  const fields = useFields(account, step.Id);
  const variables = useVariables(account, cycle);
  const sample = useSample(account, cycle);
  const [at, setAt] = useState<string | null>(null);
  const [naming, setNaming] = useState(false);
  const flow = editor.flow.data ?? { steps: [], edges: [] };
  useEffect(() => {
    setAt(tab === 'test' ? 'test' : runs.length > 0 && !seek ? 'run' : 'mapping');
    setNaming(false);
  }, [step.Id, tab, seek]);

  const change = (input: StepInput) => {
    const now = inputOf(step) as Record<string, unknown>;
    const before = Object.fromEntries(Object.keys(input).map((k) => [k, now[k] ?? (k === 'Script' || k === 'Description' ? '' : null)])) as StepInput;
    return editor.run(changeStep(step.Id, input, before));
  };
  const save = (row: Row, after: MappingInput) =>
    editor.run(
      changeMapping(step.Id, row, after, { ...mappingIn(row.mapping), ...('IsLaunchVisible' in after ? {} : { IsLaunchVisible: undefined as never }) }, () => void queries.invalidateQueries({ queryKey: setupKey(account, step.Id) })),
    );
  const first = inOrder(flow).find((s) => !isNote(s))?.Id === step.Id;
  const missing = rows.rows.filter(open).length;
  const calls = step.Method !== null && step.ActionType === 'Action';
  const nameOfStep = (id: string) => flow.steps.find((s) => s.Id === id)?.Name;
  const common = { account, step, edit, nameOfStep, fields: fields.data ?? [], variables: variables.data ?? [], sample: sample.data ?? null };

  const mapping = (
    <>
      <MappingTable {...common} rows={rows.rows} loading={rows.isLoading} error={rows.error} retry={() => rows.refetch()} save={save} seek={seek} />
      <UniqueFields {...common} rows={rows.rows} change={change} />
    </>
  );
  const parts: Part[] = [
    step.ActionType === 'Webhook'
      ? { value: 'mapping', label: t('setup.tabs.webhook'), content: <WebhookSetup {...common} change={change} first={first} /> }
      : calls
        ? { value: 'mapping', label: t('setup.tabs.mapping'), content: mapping }
        : { value: 'mapping', label: t('setup.tabs.tool'), content: <ToolSetup {...common} change={change} /> },
    ...(calls
      ? [
          { value: 'fields', label: t('setup.tabs.fields'), content: <CustomFields account={account} step={step} edit={edit} /> },
          { value: 'advanced', label: t('setup.tabs.advanced'), content: <Advanced account={account} step={step} edit={edit} change={change} /> },
          { value: 'test', label: t('setup.tabs.test'), content: <TestStep {...common} rows={rows.rows} /> },
        ]
      : []),
    ...(isNote(step) ? [] : [{ value: 'exits', label: t('setup.tabs.exits'), content: <Exits editor={editor} flow={flow} step={step} edit={edit} /> }]),
    ...(runs.length > 0
      ? [{
          value: 'run', label: t('setup.tabs.run'),
          content: runs.map((run) => (
            <section key={run.Id} className="pl-setup-run">
              <h3>
                <StatusPill status={stepStatus(run)} /> {run.HttpStatus ? `HTTP ${run.HttpStatus}` : ''} {run.Level !== 'Information' && run.Message}
              </h3>
              {run.Request && <JsonView text={run.Request} label={t('transactions.request')} />}
              {run.Response && <JsonView text={run.Response} label={t('transactions.response')} />}
            </section>
          )),
        }]
      : []),
  ];
  const title = naming ? (
    <TextInput
      aria-label={t('setup.name')} defaultValue={step.Name} autoFocus
      onBlur={(e) => {
        const Name = e.currentTarget.value.trim();
        setNaming(false);
        if (Name && Name !== step.Name) void change({ Name });
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
  );
  return (
    <Panel
      step={step} flow={flow} number={number} title={title} parts={parts} at={at} setAt={setAt} close={close} goTo={goTo}
      foot={calls && rows.data ? (missing > 0 ? t('setup.missing', { count: missing }) : t('setup.allFilled')) : ''}
      acts={[
        ...(acts?.duplicate ? [{ label: t('builder.duplicate'), icon: IconCopy, act: () => acts.duplicate?.([step.Id]) }] : []),
        ...(acts?.remove ? [{ label: t('builder.delete'), icon: IconTrash, act: () => { close(); acts.remove?.([step.Id]); } }] : []),
      ]}
    />
  );
}
