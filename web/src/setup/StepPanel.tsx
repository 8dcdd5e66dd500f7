import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Step, Variable } from '../api';
import type { Flow } from '../builder/flow';
import type { ReleaseRows } from '../builder/releaseFlow';
import { nameOf } from '../builder/stepWords';
import { Advanced } from './Advanced';
import { MappingTable, type SetupData } from './MappingTable';
import { rowsOf } from './model';
import { Panel, type Part } from './Panel';
import { ToolSetup } from './ToolSetup';
import { UniqueFields } from './UniqueFields';
import { WebhookSetup } from './WebhookSetup';

const nothing = async () => undefined;

type Props = { step: Step; flow: Flow; number: number; rows: ReleaseRows | undefined; variables: Variable[]; close: () => void; goTo: (step: string) => void };

// StepPanel shows how a step of a release is set up; nothing of it can be changed.
export function StepPanel({ step, flow, number, rows, variables, close, goTo }: Props) {
  const { t } = useTranslation();
  const [at, setAt] = useState<string | null>('mapping');
  const common: SetupData = { account: '', step, edit: false, alone: true, fields: [], variables, sample: null, nameOfStep: (id) => flow.steps.find((s) => s.Id === id)?.Name };
  const list = rowsOf(rows?.parameters ?? [], rows?.fields ?? []);
  const calls = step.Method !== null && step.ActionType === 'Action';
  const mapping = (
    <>
      <MappingTable {...common} rows={list} loading={false} error={null} retry={nothing} save={nothing} />
      <UniqueFields {...common} rows={list} change={nothing} />
    </>
  );
  const parts: Part[] = [
    step.ActionType === 'Webhook'
      ? { value: 'mapping', label: t('setup.tabs.webhook'), content: <WebhookSetup {...common} change={nothing} first /> }
      : calls
        ? { value: 'mapping', label: t('setup.tabs.mapping'), content: mapping }
        : { value: 'mapping', label: t('setup.tabs.tool'), content: <ToolSetup {...common} change={nothing} /> },
    ...(calls ? [{ value: 'advanced', label: t('setup.tabs.advanced'), content: <Advanced account="" step={step} edit={false} change={nothing} alone /> }] : []),
  ];
  return <Panel step={step} flow={flow} number={number} title={<h2>{nameOf(step, t)}</h2>} parts={parts} at={at} setAt={setAt} close={close} goTo={goTo} />;
}
