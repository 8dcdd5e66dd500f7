import { Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { cyclesUpdateVariablePut, type Variable, type VariableInput } from '../api';
import { ask } from '../lib/ask';
import { FormDialog } from '../ui/FormDialog';

// VariableWords are what a variable is called, what it is for, and the values that it may have, where those are few.
export function VariableWords({ account, cycle, variable: v, close }: { account: string; cycle: string; variable: Variable; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  return (
    <FormDialog
      title={t('builder.editVariableTitle', { name: v.DisplayName })} word={t('act.save')} close={close}
      submit={async ({ text }) => {
        const body = changeOf(v, { name: text('name'), description: text('description'), values: text('values') });
        await ask(cyclesUpdateVariablePut({ headers: { 'X-Cyclr-Account': account }, path: { id: cycle, name: v.SystemName }, body }));
        await queries.invalidateQueries({ queryKey: [account] });
      }}
    >
      <TextInput name="name" label={t('setup.name')} defaultValue={v.DisplayName} required data-autofocus />
      <Textarea name="description" label={t('setup.description')} description={t('builder.variableDescriptionHint')} defaultValue={v.Description ?? ''} autosize minRows={2} />
      <Textarea name="values" label={t('builder.variableValues')} description={t('builder.variableValuesHint')} defaultValue={(v.Values ?? []).join('\n')} autosize minRows={3} />
    </FormDialog>
  );
}

// changeOf is the change of a variable to what was typed, one value a line. A list of values makes a choice of it, none a text; what is
// looked up at a vendor stays so.
export function changeOf(v: Variable, typed: { name: string; description: string; values: string }): VariableInput {
  const values = [...new Set(typed.values.split('\n').map((x) => x.trim()).filter(Boolean))];
  return {
    DisplayName: typed.name, Description: typed.description, Values: values,
    ...(values.length > 0 ? { MappingType: 'ValueList' as const } : v.MappingType === 'ValueList' ? { MappingType: 'StaticValue' as const } : {}),
    ...(values.length > 0 && v.Value && !values.includes(v.Value) ? { Value: '' } : {}), // it is no choice any more
  };
}
