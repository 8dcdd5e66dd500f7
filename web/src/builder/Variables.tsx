import { ActionIcon, Button, Select, Switch, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconPencil, IconTrash, IconVariable } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cyclesCreateVariablePost, cyclesDeleteVariableDelete, cyclesUpdateVariablePut, cyclesVariablesGet, type Variable } from '../api';
import { ask } from '../lib/ask';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { ErrorPanel } from '../ui/ErrorPanel';
import { wordsOf } from '../ui/words';
import { VariableWords } from './VariableWords';

export const useVariables = (account: string, cycle: string) =>
  useQuery({ queryKey: [account, 'variables', cycle], queryFn: async () => (await ask(cyclesVariablesGet({ headers: { 'X-Cyclr-Account': account }, path: { id: cycle } }))) ?? [] });

const about = (v: Variable) => (v.Description ? `{{${v.SystemName}}} · ${v.Description}` : `{{${v.SystemName}}}`);

// Variables are values that are set once and used in any mapping.
export function Variables({ account, cycle, edit }: { account: string; cycle: string; edit: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const list = useVariables(account, cycle);
  const [name, setName] = useState('');
  const [failed, setFailed] = useState<Error | null>(null);
  const [changed, setChanged] = useState<Variable | null>(null);
  const [gone, setGone] = useState<Variable | null>(null);
  const at = { headers: { 'X-Cyclr-Account': account } };
  async function act(work: Promise<unknown>) {
    setFailed(null);
    try {
      await work;
      await queries.invalidateQueries({ queryKey: [account] });
    } catch (e) {
      setFailed(e as Error);
    }
  }
  const add = async (e: FormEvent) => {
    e.preventDefault();
    await act(ask(cyclesCreateVariablePost({ ...at, path: { id: cycle }, body: { DisplayName: name } })));
    setName('');
  };
  if (list.error && !list.data) return <ErrorPanel what={t('builder.variables')} error={list.error} retry={list.refetch} />;
  return (
    <div className="pl-variables">
      {list.data?.length === 0 && (
        <p className="pl-dim">
          <IconVariable size={15} aria-hidden /> {t('builder.noVariables')}
        </p>
      )}
      {(list.data ?? []).map((v: Variable) => (
        <div key={v.SystemName} className="pl-variable">
          {v.Values?.length ? (
            <Select
              label={v.DisplayName} description={about(v)} value={v.Value || null} data={v.Values} clearable searchable disabled={!edit}
              onChange={(value) => act(ask(cyclesUpdateVariablePut({ ...at, path: { id: cycle, name: v.SystemName }, body: { Value: value ?? '' } })))}
            />
          ) : (
            <TextInput
              label={v.DisplayName} description={about(v)} defaultValue={v.Value ?? ''} disabled={!edit}
              onBlur={(e) => e.currentTarget.value !== (v.Value ?? '') && act(ask(cyclesUpdateVariablePut({ ...at, path: { id: cycle, name: v.SystemName }, body: { Value: e.currentTarget.value } })))}
            />
          )}
          <Switch
            label={t('setup.askCustomer')} checked={v.IsLaunchVisible} disabled={!edit}
            onChange={(e) => act(ask(cyclesUpdateVariablePut({ ...at, path: { id: cycle, name: v.SystemName }, body: { IsLaunchVisible: e.currentTarget.checked } })))}
          />
          {edit && (
            <span className="pl-variable-acts">
              <ActionIcon aria-label={t('builder.editVariable', { name: v.DisplayName })} onClick={() => setChanged(v)}>
                <IconPencil size={15} />
              </ActionIcon>
              <ActionIcon aria-label={t('builder.deleteVariable', { name: v.DisplayName })} onClick={() => setGone(v)}>
                <IconTrash size={15} />
              </ActionIcon>
            </span>
          )}
        </div>
      ))}
      {changed && <VariableWords account={account} cycle={cycle} variable={changed} close={() => setChanged(null)} />}
      {gone && (
        <ConfirmDialog
          title={t('builder.deleteVariableTitle', { name: gone.DisplayName })} close={() => setGone(null)}
          choices={[{
            word: t('builder.delete'), danger: true, main: true,
            act: async () => {
              await ask(cyclesDeleteVariableDelete({ ...at, path: { id: cycle, name: gone.SystemName } }));
              await queries.invalidateQueries({ queryKey: [account] });
            },
          }]}
        >
          <p>{t('builder.deleteVariableText')}</p>
        </ConfirmDialog>
      )}
      {failed && (
        <p role="alert" className="pl-field-error">
          {wordsOf(failed, t)}
        </p>
      )}
      {edit && (
        <form onSubmit={add} className="pl-variable-new">
          <TextInput label={t('builder.newVariable')} value={name} onChange={(e) => setName(e.currentTarget.value)} required />
          <Button type="submit" disabled={name.trim() === ''}>
            {t('builder.addVariable')}
          </Button>
        </form>
      )}
    </div>
  );
}
