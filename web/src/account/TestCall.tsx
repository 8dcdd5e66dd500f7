import { Button, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AccountConnector, accountConnectorsTestMethodPost, connectorsMethodsGet } from '../api';
import { ask, askList, Problem } from '../lib/ask';
import { ErrorPanel } from '../ui/ErrorPanel';
import { JsonView } from '../ui/JsonView';
import { wordsOf } from '../ui/words';

// TestCall calls one method of a connector with values that are typed, and shows what came back. It begins with the named one.
export function TestCall({ account, connector, named }: { account: string; connector: AccountConnector; named?: string }) {
  const { t } = useTranslation();
  const headers = { 'X-Cyclr-Account': account };
  const list = useQuery({
    queryKey: [account, 'methods', connector.Connector.Id, connector.Connector.Release],
    queryFn: () => askList(connectorsMethodsGet({ headers, path: { connector: String(connector.Connector.Id) }, query: { pageSize: 2000, release: connector.Connector.Release } as never })),
    staleTime: 60_000,
  });
  const methods = list.data?.items ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const [answer, setAnswer] = useState<{ text: string; failed: boolean } | null>(null);
  const [busy, setBusy] = useState(false);
  const method = methods.find((m) => String(m.Id) === chosen) ?? methods.find((m) => m.Name === named) ?? methods.find((m) => (m.Parameters ?? []).every((p) => p.IsOptional) && (m.RequestFields ?? []).length === 0);
  async function call(form: HTMLFormElement) {
    if (!method) return;
    const data = new FormData(form);
    const values = (prefix: string, all: { Id: number }[] | null | undefined) =>
      Object.fromEntries((all ?? []).map((x) => [String(x.Id), String(data.get(`${prefix}${x.Id}`) ?? '')]).filter(([, v]) => v !== ''));
    setBusy(true);
    setAnswer(null);
    try {
      const out = await ask(
        accountConnectorsTestMethodPost({
          headers, path: { id: String(connector.Id), method: String(method.Id) }, body: { Parameters: values('p', method.Parameters), Fields: values('f', method.RequestFields) } as never,
          parseAs: 'text', // as it is written: parsed, long numbers would be others
        }),
      );
      setAnswer({ text: String(out ?? '') || 'null', failed: false });
    } catch (e) {
      setAnswer({ text: e instanceof Problem && e.message ? e.message : wordsOf(e as Error, t), failed: true });
    }
    setBusy(false);
  }
  return (
    <form className="pl-form" onSubmit={(e) => { e.preventDefault(); e.stopPropagation(); void call(e.currentTarget); }}>
      {list.error && !list.data && <ErrorPanel what={t('test.method')} error={list.error} retry={list.refetch} inline />}
      <Select
        label={t('test.method')}
        placeholder={list.isLoading ? t('choice.loading') : undefined}
        disabled={!list.data}
        data={methods.map((m) => ({ value: String(m.Id), label: m.Name }))}
        value={method ? String(method.Id) : null}
        onChange={(v) => { setChosen(v); setAnswer(null); }}
        searchable
        allowDeselect={false}
      />
      {method && (
        <div key={method.Id} className="pl-form">
          {(method.Parameters ?? []).map((p) => <TextInput key={p.Id} name={`p${p.Id}`} label={p.Name} description={p.Description} required={!p.IsOptional} />)}
          {(method.RequestFields ?? []).map((f) => <TextInput key={f.Id} name={`f${f.Id}`} label={f.Name} description={f.Description} required={!f.IsOptional} />)}
        </div>
      )}
      <div className="pl-form-foot">
        <Button type="submit" loading={busy} disabled={!method}>
          {t('test.call')}
        </Button>
      </div>
      {answer && (answer.failed ? <pre className="pl-field-error pl-wrap" role="alert">{answer.text}</pre> : <div className="pl-card"><JsonView text={answer.text} label={t('transactions.response')} /></div>)}
    </form>
  );
}
