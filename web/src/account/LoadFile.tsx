import { Checkbox, FileInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AccountConnector, accountConnectorsCallMethodPost, connectorsMethodsGet } from '../api';
import { ask, askList } from '../lib/ask';
import { ErrorPanel } from '../ui/ErrorPanel';
import { Dialog, Form } from '../ui/FormDialog';
import { Loading } from '../ui/Loading';

// Methods that take the text of a file, by the utilities that have one.
const methods: Record<string, { method: string; about: string }> = {
  'Entity Cross Ref Storage': { method: 'Import Rows', about: 'loadFile.rows' },
  'Lookup Table': { method: 'Load Table', about: 'loadFile.table' },
};

// loads says whether a connector stores rows of files.
export const loads = (c: AccountConnector) => c.Connector.IsSystemConnector && c.Connector.Name in methods;

type Answer = { Rows?: number; Created?: number; Updated?: number; Count?: number };

// most is how large a file may be: what the API takes.
const most = 8 << 20;

// LoadFile stores the rows of a file, or tells which of them have mistakes.
export function LoadFile({ account, connector, close }: { account: string; connector: AccountConnector; close: () => void }) {
  const { t } = useTranslation();
  const headers = { 'X-Cyclr-Account': account };
  const of = methods[connector.Connector.Name];
  const list = useQuery({
    queryKey: [account, 'methods', connector.Connector.Id, connector.Connector.Release],
    queryFn: () => askList(connectorsMethodsGet({ headers, path: { connector: String(connector.Connector.Id) }, query: { pageSize: 2000 } as never })),
    staleTime: 60_000,
  });
  const method = list.data?.items.find((m) => m.Name === of.method);
  const field = method?.RequestFields?.find((f) => f.Name === 'Text');
  const [file, setFile] = useState<File | null>(null);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState('');
  return (
    <Dialog title={t('loadFile.title', { name: connector.Name })} close={close} size="lg">
      {list.error && !list.data && <ErrorPanel what={t('test.method')} error={list.error} retry={list.refetch} />}
      {list.isLoading && <Loading what={t('test.method')} />}
      {list.data && !field && <p className="pl-note">{t('loadFile.old')}</p>}
      {method && field && (
        <Form
          word={t('loadFile.go')}
          cancel={close}
          disabled={!file}
          submit={async ({ text }) => {
            if (!file) return;
            setDone('');
            if (file.size > most) throw new Error(t('loadFile.large'));
            setBusy(true);
            try {
              const parameters = Object.fromEntries((method.Parameters ?? []).map((p) => [String(p.Id), text(`p${p.Id}`)]).filter(([, v]) => v !== ''));
              const body = { Parameters: parameters, Fields: { [String(field.Id)]: await file.text() } };
              const answer = (await ask(accountConnectorsCallMethodPost({ headers, path: { id: String(connector.Id), method: String(method.Id) }, body: body as never }))) as Answer;
              setDone(answer.Rows === undefined ? t('loadFile.replaced', { n: answer.Count ?? 0 }) : t('loadFile.stored', { n: answer.Rows, created: answer.Created, updated: answer.Updated }));
              setFile(null);
            } finally {
              setBusy(false);
            }
          }}
        >
          <p>{t(of.about)}</p>
          <FileInput label={t('loadFile.file')} placeholder={t('loadFile.choose')} accept=".csv,.txt,text/csv,text/plain" value={file} onChange={(f) => { setFile(f); setDone(''); }} clearable clearButtonProps={{ 'aria-label': t('act.clearFile') }} />
          {(method.Parameters ?? []).map((p) => p.DataType === 'Boolean'
            ? <Checkbox key={p.Id} name={`p${p.Id}`} value="true" label={p.Name} description={p.Description} />
            : <TextInput key={p.Id} name={`p${p.Id}`} label={p.Name} description={p.Description} required={!p.IsOptional} />)}
          {(busy || done) && (
            <p className="pl-note" role="status">
              {busy ? t('loadFile.reading') : done}
            </p>
          )}
        </Form>
      )}
    </Dialog>
  );
}
