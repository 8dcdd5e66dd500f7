import { NumberInput, Select, Switch, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Cycle, type CycleInput, cyclesUpdatePut } from '../api';
import { ask } from '../lib/ask';
import { FormDialog } from '../ui/FormDialog';
import { useToast } from '../ui/Toasts';

// CycleSettings are how a cycle behaves as a whole. What is empty is taken from the account, or the partner. The words of a template
// are in the library.
export function CycleSettings({ account, cycle, edit, template, close }: { account: string; cycle: Cycle; edit: boolean; template: boolean; close: () => void }) {
  const { t } = useTranslation();
  const toast = useToast();
  const queries = useQueryClient();
  const [onError, setOnError] = useState<string>(cycle.StepErrorAction);
  const [split, setSplit] = useState<string>(cycle.CollectionSplitType);
  const hours = (text: string) => (text === '' ? null : Number(text));
  return (
    <FormDialog
      title={t('builder.settings')} word={t('act.save')} close={close} disabled={!edit}
      submit={async ({ text, on }) => {
        const body: CycleInput = {
          ...(template ? {} : { Name: text('name'), Description: text('description') }), StepErrorAction: onError as CycleInput['StepErrorAction'], CollectionSplitType: split as CycleInput['CollectionSplitType'], LogStepDataRequests: on('log'),
          StepDataSuccessRetentionHours: hours(text('kept')), StepDataErroredRetentionHours: hours(text('keptErrored')), Serial: on('serial'), MaxConcurrentTransactions: Number(text('most') || 0),
        };
        await ask(cyclesUpdatePut({ headers: { 'X-Cyclr-Account': account }, path: { id: cycle.Id }, body }));
        await Promise.all([queries.invalidateQueries({ queryKey: [account, 'cycle', cycle.Id] }), queries.invalidateQueries({ queryKey: [account, 'cycles'] })]);
        toast(t('act.saved'));
      }}
    >
      {!template && (
        <>
          <TextInput name="name" label={t('setup.name')} defaultValue={cycle.Name} required disabled={!edit} />
          <Textarea name="description" label={t('setup.description')} description={t('builder.descriptionHint')} defaultValue={cycle.Description ?? ''} autosize minRows={2} disabled={!edit} />
        </>
      )}
      <Select
        label={t('setup.onError')} value={onError} allowDeselect={false} disabled={!edit} onChange={(v) => v && setOnError(v)}
        data={['Ignore', 'Retry', 'StopTransaction', 'StopCycle'].map((value) => ({ value, label: t(`setup.errorActions.${value}`) }))}
      />
      <Select
        label={t('setup.split')} description={t('setup.splitHint')} value={split} allowDeselect={false} disabled={!edit} onChange={(v) => v && setSplit(v)}
        data={['First', 'All', 'None'].map((value) => ({ value, label: t(`setup.splits.${value}`) }))}
      />
      <Switch name="log" label={t('builder.logRequests')} description={t('builder.logRequestsHint')} defaultChecked={cycle.LogStepDataRequests} disabled={!edit} />
      <div className="pl-inline-form">
        <NumberInput name="kept" className="pl-grow" label={t('builder.kept1')} description={t('builder.inherit')} defaultValue={cycle.StepDataSuccessRetentionHours ?? ''} min={0} allowDecimal={false} disabled={!edit} />
        <NumberInput name="keptErrored" className="pl-grow" label={t('builder.kept2')} description={t('builder.inherit')} defaultValue={cycle.StepDataErroredRetentionHours ?? ''} min={0} allowDecimal={false} disabled={!edit} />
      </div>
      <Switch name="serial" label={t('builder.serial')} description={t('builder.serialHint')} defaultChecked={cycle.Serial} disabled={!edit} />
      <NumberInput name="most" label={t('builder.most')} description={t('builder.mostHint')} defaultValue={cycle.MaxConcurrentTransactions} min={0} max={1000} allowDecimal={false} disabled={!edit} />
    </FormDialog>
  );
}
