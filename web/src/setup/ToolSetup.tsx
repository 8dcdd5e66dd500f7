import { ActionIcon, Button, NumberInput, SegmentedControl, Select, Textarea, TextInput } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OperandInput, StepInput } from '../api';
import type { SetupData } from './MappingTable';
import { MergeText } from './MergeText';
import { conditions, unary } from './conditions';
import { isWhole, withHalves } from './model';
import { type Answer, ResponseForm } from './ResponseForm';
import { FieldValue } from './ValueCell';

type Change = { change: (input: StepInput) => unknown };

type Comparison = { LeftStepId?: string | null; LeftLocation?: string | null; Condition?: string | null; Right?: OperandInput | null };
type Case = Comparison & { Exit?: string | null; Name?: string | null };
type Data = Comparison & { Cases?: Case[]; Amount?: number; Unit?: string; WaitUntil?: OperandInput | null; Response?: Answer[] };

// ToolSetup is what a step without a connector does.
export function ToolSetup(props: SetupData & Change) {
  const { t } = useTranslation();
  const { step, change, edit } = props;
  const data = (step.ActionData ?? {}) as Data;
  const put = (ActionData: Data) => change({ ActionData: ActionData as StepInput['ActionData'] });
  switch (step.ActionType) {
    case 'Decision':
      return (
        <div className="pl-setup-form">
          <p className="pl-dim">{t('setup.decisionLead')}</p>
          <CompareForm {...props} value={data} put={put} />
        </div>
      );
    case 'Switch':
      return <SwitchForm {...props} cases={data.Cases ?? []} put={(Cases) => put({ Cases })} />;
    case 'Delay':
      return <DelayForm amount={data.Amount} unit={data.Unit} edit={edit} put={(Amount, Unit) => put({ Amount, Unit })} />;
    case 'WaitUntil':
      return <WaitUntilForm {...props} value={data.WaitUntil ?? {}} put={(WaitUntil) => put({ WaitUntil })} />;
    case 'Annotation':
      return (
        <div className="pl-setup-form">
          <Textarea key={step.Description} label={t('setup.note')} defaultValue={step.Description ?? ''} disabled={!edit} autosize minRows={4} data-autofocus onBlur={(e) => e.currentTarget.value !== (step.Description ?? '') && change({ Description: e.currentTarget.value })} />
        </div>
      );
    case 'SynchronousResponse':
      return <ResponseForm {...props} answers={data.Response ?? []} put={(Response) => put({ Response })} />;
    case 'WaitAll':
      return <p className="pl-setup-form">{t('setup.waitAllLead')}</p>;
    default:
      return <p className="pl-setup-form">{t('setup.nothing')}</p>;
  }
}

// CompareForm is one comparison: a field of an earlier step, how it is compared, and with what.
function CompareForm({ value, begun, put, ...data }: SetupData & { value: Comparison; begun?: boolean; put: (v: Comparison) => void }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(value);
  const stored = JSON.stringify(value);
  useEffect(() => setDraft(JSON.parse(stored) as Comparison), [stored]);
  // What is not whole yet is kept here: the server refuses half a comparison.
  const change = (part: Partial<Comparison>) => {
    const next = { ...draft, ...part };
    setDraft(next);
    if (isWhole(next)) {
      put({ LeftStepId: next.LeftStepId, LeftLocation: next.LeftLocation, Condition: next.Condition, ...(unary(next.Condition) ? {} : { Right: next.Right ?? { MappingType: 'StaticValue', Value: '' } }) });
    }
  };
  const right = draft.Right ?? { MappingType: 'StaticValue' as const, Value: '' };
  const byField = right.MappingType === 'StepField';
  return (
    <div className="pl-compare">
      <div>
        <span className="pl-label">{t('setup.left')}</span>
        <FieldValue {...data} label={t('setup.left')} source={draft.LeftStepId} location={draft.LeftLocation} put={(LeftStepId, LeftLocation) => change({ LeftStepId, LeftLocation })} />
      </div>
      <Select label={t('setup.condition')} data={conditions.map((value) => ({ value, label: t(`builder.conditions.${value}`) }))} value={draft.Condition ?? null} disabled={!data.edit} searchable onChange={(v) => v && change({ Condition: v })} />
      {draft.Condition && !unary(draft.Condition) && (
        <div>
          <span className="pl-label">{t('setup.right')}</span>
          <SegmentedControl
            value={byField ? 'step' : 'text'} disabled={!data.edit} data={[{ value: 'text', label: t('setup.sources.text') }, { value: 'step', label: t('setup.sources.step') }]}
            onChange={(v) => setDraft({ ...draft, Right: v === 'step' ? { MappingType: 'StepField' } : { MappingType: 'StaticValue', Value: '' } })}
          />
          {byField ? (
            <FieldValue {...data} label={t('setup.right')} source={right.SourceStepId} location={right.SourceLocation} put={(SourceStepId, SourceLocation) => change({ Right: { MappingType: 'StepField', SourceStepId, SourceLocation } })} />
          ) : (
            <MergeText {...data} label={t('setup.right')} value={right.Value ?? ''} script={false} put={(Value) => change({ Right: { MappingType: 'StaticValue', Value } })} />
          )}
        </div>
      )}
      {(begun || draft.LeftLocation || draft.Condition) && !isWhole(draft) && <p className="pl-dim pl-small" role="status">{t('setup.halfCase')}</p>}
    </div>
  );
}

function SwitchForm({ cases, put, ...data }: SetupData & { cases: Case[]; put: (cases: Case[]) => void }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(cases);
  const stored = JSON.stringify(cases);
  useEffect(() => setDraft((now) => withHalves(now, JSON.parse(stored) as Case[])), [stored]);
  // What is whole is saved; the rest stays here, and says so, until it is.
  const change = (next: Case[]) => {
    setDraft(next);
    const whole = next.filter(isWhole);
    if (JSON.stringify(whole) !== stored) put(whole);
  };
  const swap = (i: number, j: number) => {
    const next = [...draft];
    [next[i], next[j]] = [next[j]!, next[i]!];
    change(next);
  };
  return (
    <div className="pl-setup-form">
      <p className="pl-dim">{t('setup.switchLead')}</p>
      {draft.map((c, i) => (
        <section key={c.Exit ?? `new ${i}`} className="pl-case" aria-label={c.Name || t('setup.case', { n: i + 1 })}>
          <div className="pl-case-head">
            <TextInput key={c.Name} aria-label={t('setup.caseName')} placeholder={t('setup.case', { n: i + 1 })} defaultValue={c.Name ?? ''} disabled={!data.edit} onBlur={(e) => e.currentTarget.value !== (c.Name ?? '') && change(draft.map((x, j) => (j === i ? { ...x, Name: e.currentTarget.value } : x)))} />
            {data.edit && (
              <>
                <ActionIcon aria-label={t('setup.up')} disabled={i === 0} onClick={() => swap(i, i - 1)}><IconArrowUp size={15} /></ActionIcon>
                <ActionIcon aria-label={t('setup.down')} disabled={i === draft.length - 1} onClick={() => swap(i, i + 1)}><IconArrowDown size={15} /></ActionIcon>
                <ActionIcon aria-label={t('setup.removeCase')} onClick={() => change(draft.filter((_, j) => j !== i))}><IconTrash size={15} /></ActionIcon>
              </>
            )}
          </div>
          <CompareForm {...data} value={c} begun={!!c.Name} put={(v) => change(draft.map((x, j) => (j === i ? { ...x, ...v } : x)))} />
        </section>
      ))}
      {data.edit && (
        <div>
          <Button leftSection={<IconPlus size={14} />} onClick={() => setDraft([...draft, {}])}>{t('setup.addCase')}</Button>
        </div>
      )}
      <p className="pl-dim">{t('setup.defaultCase')}</p>
    </div>
  );
}

const units = ['seconds', 'minutes', 'hours', 'days', 'weeks'];

function DelayForm({ amount, unit, edit, put }: { amount: number | undefined; unit: string | undefined; edit: boolean; put: (amount: number, unit: string) => void }) {
  const { t } = useTranslation();
  return (
    <div className="pl-setup-form">
      <p className="pl-dim">{t('setup.delayLead')}</p>
      <div className="pl-inline-form">
        <NumberInput key={amount} label={t('setup.amount')} defaultValue={amount ?? ''} min={1} allowDecimal={false} disabled={!edit} onBlur={(e) => { const n = Number(e.currentTarget.value); if (n >= 1 && n !== amount) put(n, unit ?? 'minutes'); }} />
        <Select label={t('setup.unit')} value={unit ?? 'minutes'} allowDeselect={false} disabled={!edit} data={units.map((value) => ({ value, label: t(`builder.units.${value}`) }))} onChange={(v) => v && amount && put(amount, v)} />
      </div>
    </div>
  );
}

function WaitUntilForm({ value, put, ...data }: SetupData & { value: OperandInput; put: (v: OperandInput) => void }) {
  const { t } = useTranslation();
  const [byField, setByField] = useState(value.MappingType === 'StepField');
  return (
    <div className="pl-setup-form">
      <p className="pl-dim">{t('setup.waitUntilLead')}</p>
      <div>
        <SegmentedControl value={byField ? 'step' : 'date'} disabled={!data.edit} data={[{ value: 'date', label: t('setup.fixedDate') }, { value: 'step', label: t('setup.sources.step') }]} onChange={(v) => setByField(v === 'step')} />
      </div>
      {byField ? (
        <FieldValue {...data} label={t('setup.date')} source={value.SourceStepId} location={value.SourceLocation} put={(SourceStepId, SourceLocation) => put({ MappingType: 'StepField', SourceStepId, SourceLocation })} />
      ) : (
        <TextInput key={value.Value} type="datetime-local" label={t('setup.dateUTC')} defaultValue={(value.Value ?? '').slice(0, 16)} disabled={!data.edit} onBlur={(e) => e.currentTarget.value && e.currentTarget.value !== (value.Value ?? '').slice(0, 16) && put({ MappingType: 'StaticValue', Value: `${e.currentTarget.value}:00Z` })} />
      )}
    </div>
  );
}
