import { ActionIcon, Button, SegmentedControl, Select, Textarea, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconCloudSearch, IconPlus, IconTrash, IconWand } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  accountConnectorsCreateFieldPost, accountConnectorsDeleteFieldDelete, accountConnectorsDiscoverFieldsPost, accountConnectorsFieldsGet, accountConnectorsSampleFieldsPost, type CustomField, type Step,
} from '../api';
import { ask } from '../lib/ask';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { ErrorPanel } from '../ui/ErrorPanel';
import { useToast } from '../ui/Toasts';
import { wordsOf } from '../ui/words';

const every = '00000000-0000-0000-0000-000000000000';
const types = ['Text', 'Integer', 'Float', 'Decimal', 'Boolean', 'DateTime', 'File'];

// CustomFields are what a vendor's customer has beside the fields that the connector knows: asked for at the vendor, taken from a
// sample, or typed. They belong to the account connector, and all its steps that call the method have them.
export function CustomFields({ account, step, edit }: { account: string; step: Step; edit: boolean }) {
  const { t } = useTranslation();
  const toast = useToast();
  const queries = useQueryClient();
  const at = { headers: { 'X-Cyclr-Account': account }, path: { id: String(step.AccountConnectorId) } };
  const method = step.Method?.MethodUniqueIdentifier ?? '';
  const list = useQuery({ queryKey: [account, 'connectors', 'fields', step.AccountConnectorId], queryFn: async () => (await ask(accountConnectorsFieldsGet(at))) ?? [] });
  const [request, setRequest] = useState(true);
  const [location, setLocation] = useState('');
  const [type, setType] = useState('Text');
  const [sample, setSample] = useState('');
  const [gone, setGone] = useState<CustomField | null>(null);
  const [busy, setBusy] = useState('');
  const [failed, setFailed] = useState<Error | null>(null);
  const act = async (name: string, work: () => Promise<string>) => {
    setBusy(name);
    setFailed(null);
    try {
      const said = await work();
      await queries.invalidateQueries({ queryKey: [account] });
      toast(said);
    } catch (e) {
      setFailed(e as Error);
    }
    setBusy('');
  };
  const own = (list.data ?? []).filter((f) => f.MethodUniqueIdentifier === method || f.MethodUniqueIdentifier === every);
  if (list.error && !list.data) return <ErrorPanel what={t('setup.tabs.fields')} error={list.error} retry={list.refetch} />;
  const shown = (title: string, some: CustomField[]) => (
    <section>
      <h3>{title}</h3>
      {some.length === 0 && <p className="pl-dim">{t('setup.noCustom')}</p>}
      <ul className="pl-custom-fields">
        {some.map((f) => (
          <li key={f.Id}>
            <code title={f.ConnectorField}>{f.ConnectorField}</code>
            <span className="pl-dim">{[f.DisplayName === f.ConnectorField ? '' : f.DisplayName, f.DataType === 'Undefined' ? '' : f.DataType.toLowerCase(), f.IsDiscovered ? t('setup.discovered') : ''].filter(Boolean).join(', ')}</span>
            {edit && (
              <ActionIcon aria-label={t('setup.deleteField', { name: f.DisplayName })} disabled={busy !== ''} onClick={() => setGone(f)}>
                <IconTrash size={15} />
              </ActionIcon>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
  return (
    <div className="pl-setup-form">
      <p className="pl-dim">{t('setup.customLead', { name: step.AccountConnector?.Name })}</p>
      {shown(t('setup.customRequest'), own.filter((f) => f.ForRequestFormat && !f.IsReadOnly))}
      {shown(t('setup.customResponse'), own.filter((f) => !f.ForRequestFormat))}
      {gone && (
        <ConfirmDialog
          title={t('setup.deleteFieldTitle', { name: gone.DisplayName })} close={() => setGone(null)}
          choices={[{
            word: t('builder.delete'), danger: true, main: true,
            act: async () => {
              await ask(accountConnectorsDeleteFieldDelete({ ...at, path: { ...at.path, field: String(gone.Id) } }));
              await queries.invalidateQueries({ queryKey: [account] });
            },
          }]}
        >
          <p>{t('setup.deleteFieldText')}</p>
        </ConfirmDialog>
      )}
      {failed && <p role="alert" className="pl-field-error">{wordsOf(failed, t)}</p>}
      {edit && (
        <>
          <div>
            <Button
              leftSection={<IconCloudSearch size={14} />} loading={busy === 'discover'} disabled={busy !== ''}
              onClick={() => act('discover', async () => ((found) => t('setup.found', { count: found?.length ?? 0 }))(await ask(accountConnectorsDiscoverFieldsPost({ ...at, body: { MethodUniqueIdentifier: method } }))))}
            >
              {t('setup.discover')}
            </Button>
          </div>
          <section>
            <h3>{t('setup.addField')}</h3>
            <SegmentedControl value={request ? 'request' : 'response'} onChange={(v) => setRequest(v === 'request')} data={[{ value: 'request', label: t('setup.ofRequest') }, { value: 'response', label: t('setup.ofResponse') }]} />
            <form
              className="pl-inline-form"
              onSubmit={(e) => {
                e.preventDefault();
                void act('add', async () => {
                  await ask(accountConnectorsCreateFieldPost({ ...at, body: { ConnectorField: location.trim(), DataType: type, MethodUniqueIdentifier: method, ForRequestFormat: request } }));
                  setLocation('');
                  return t('setup.fieldAdded', { name: location.trim() });
                });
              }}
            >
              <TextInput className="pl-grow" label={t('setup.location')} placeholder="[records].colour" value={location} onChange={(e) => setLocation(e.currentTarget.value)} spellCheck={false} />
              <Select w={120} label={t('setup.dataType')} data={types} value={type} allowDeselect={false} onChange={(v) => v && setType(v)} />
              <Button type="submit" leftSection={<IconPlus size={14} />} loading={busy === 'add'} disabled={busy !== '' || location.trim() === ''}>{t('setup.add')}</Button>
            </form>
            <Textarea label={t('setup.sampleText')} description={t('setup.sampleFieldsHint')} value={sample} onChange={(e) => setSample(e.currentTarget.value)} autosize minRows={3} maxRows={12} classNames={{ input: 'pl-mono' }} spellCheck={false} />
            <div>
              <Button
                leftSection={<IconWand size={14} />} loading={busy === 'sample'} disabled={busy !== '' || sample.trim() === ''}
                onClick={() => act('sample', async () => (await ask(accountConnectorsSampleFieldsPost({ ...at, body: { MethodUniqueIdentifier: method, ForRequestFormat: request, Sample: sample } })), t('setup.fieldsAdded')))}
              >
                {t('setup.makeFields')}
              </Button>
            </div>
          </section>
        </>
      )}
    </div>
  );
}
