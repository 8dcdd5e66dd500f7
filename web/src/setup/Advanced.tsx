import { Button, Select, Switch, Textarea, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Step, type StepInput, stepsLastRunGet, stepsLastRunPut } from '../api';
import { ask } from '../lib/ask';
import { ScriptBox } from '../ui/ScriptBox';
import { useToast } from '../ui/Toasts';
import { wordsOf } from '../ui/words';
import { setupKey } from './data';

// Advanced is how a step behaves beside its mapping: errors, lists, the date from which it takes what is new, its script.
export function Advanced({ account, step, edit, change, alone = false }: { account: string; step: Step; edit: boolean; change: (input: StepInput) => Promise<Error | undefined>; alone?: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="pl-setup-form">
      <TextInput label={t('setup.methodId')} value={step.Method?.MethodUniqueIdentifier ?? ''} readOnly description={step.Method?.EndPoint} />
      <Textarea key={step.Description} label={t('setup.description')} description={t('setup.descriptionHint')} defaultValue={step.Description ?? ''} disabled={!edit} autosize minRows={2} onBlur={(e) => e.currentTarget.value !== (step.Description ?? '') && change({ Description: e.currentTarget.value })} />
      <Select
        label={t('setup.onError')} disabled={!edit} value={step.StepErrorAction ?? ''} allowDeselect={false}
        data={[{ value: '', label: t('setup.likeCycle') }, ...['Ignore', 'Retry', 'StopTransaction', 'StopCycle'].map((value) => ({ value, label: t(`setup.errorActions.${value}`) }))]}
        onChange={(v) => change({ StepErrorAction: (v === '' ? null : v) as never })}
      />
      <Select
        label={t('setup.split')} description={t('setup.splitHint')} disabled={!edit} value={step.CollectionSplitType ?? ''} allowDeselect={false}
        data={[{ value: '', label: t('setup.likeCycle') }, ...['None', 'First', 'All'].map((value) => ({ value, label: t(`setup.splits.${value}`) }))]}
        onChange={(v) => void change({ CollectionSplitType: (v === '' ? null : v) as never })}
      />
      <Switch
        label={t('setup.onNullSource')} description={t('setup.onNullSourceHint')} disabled={!edit} checked={step.ContinueOnNullSource}
        onChange={(e) => change({ ContinueOnNullSource: e.currentTarget.checked })}
      />
      <Switch
        label={t('setup.onNullResult')} description={t('setup.onNullResultHint')} disabled={!edit} checked={step.ContinueOnNullResult}
        onChange={(e) => change({ ContinueOnNullResult: e.currentTarget.checked })}
      />
      {!alone && <LastRun account={account} step={step} edit={edit} />}
      <StepScript stored={step.Script ?? ''} edit={edit} put={(Script) => change({ Script })} />
    </div>
  );
}

// StepScript is the script of a step. One that is no JavaScript is refused when it is left, says so, and stays to be mended.
function StepScript({ stored, edit, put }: { stored: string; edit: boolean; put: (script: string) => Promise<Error | undefined> }) {
  const { t } = useTranslation();
  const [text, setText] = useState(stored);
  const [refused, setRefused] = useState<{ text: string; why: Error } | null>(null);
  const shown = refused?.text ?? text;
  useEffect(() => setText(stored), [stored]);
  const leave = async (typed: string) => {
    if (typed === stored && !refused) return;
    const why = await put(typed);
    setRefused(why ? { text: typed, why } : null);
  };
  return (
    <ScriptBox
      label={t('setup.script')} description={t('setup.scriptHint')} value={shown} disabled={!edit} minRows={5} maxRows={24} classNames={{ input: 'pl-mono' }} error={refused ? wordsOf(refused.why, t) : undefined}
      change={(typed) => (refused ? setRefused({ ...refused, text: typed }) : setText(typed))} done={(typed) => void leave(typed)}
    />
  );
}

function LastRun({ account, step, edit }: { account: string; step: Step; edit: boolean }) {
  const { t } = useTranslation();
  const toast = useToast();
  const queries = useQueryClient();
  const at = { headers: { 'X-Cyclr-Account': account }, path: { step: step.Id } };
  const key = [...setupKey(account, step.Id), 'last'];
  const last = useQuery({ queryKey: key, queryFn: () => ask(stepsLastRunGet(at)), retry: false });
  const now = (last.data?.LastSuccessfulRunDate ?? '').slice(0, 16);
  const [value, setValue] = useState('');
  useEffect(() => setValue(now.startsWith('1970') ? '' : now), [now]);
  const save = async () => {
    try {
      await ask(stepsLastRunPut({ ...at, body: { LastSuccessfulRunDate: value ? `${value}:00Z` : null } }));
      await queries.invalidateQueries({ queryKey: key });
      toast(t('setup.lastRunSet'));
    } catch (e) {
      toast(wordsOf(e as Error, t), true);
    }
  };
  if (last.error) return null; // it calls nothing
  return (
    <div className="pl-inline-form">
      <TextInput type="datetime-local" label={t('setup.lastRun')} description={t('setup.lastRunHint')} value={value} disabled={!edit} onChange={(e) => setValue(e.currentTarget.value)} />
      {edit && (
        <Button onClick={save} disabled={value === (now.startsWith('1970') ? '' : now)}>
          {t('setup.set')}
        </Button>
      )}
    </div>
  );
}
