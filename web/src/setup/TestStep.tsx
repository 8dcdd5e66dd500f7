import { Button, TextInput } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { accountConnectorsCallMethodPost } from '../api';
import { ask } from '../lib/ask';
import { stringifyExact } from '../lib/exact';
import { ErrorPanel } from '../ui/ErrorPanel';
import { JsonView } from '../ui/JsonView';
import type { SetupData } from './MappingTable';
import { merged, valueAt } from './merge';
import { type Row, sourceOf } from './model';

// TestStep calls the step's method now, with values in place of what earlier steps would give.
export function TestStep({ rows, ...data }: SetupData & { rows: Row[] }) {
  const { t } = useTranslation();
  const { step } = data;
  const asked = rows.filter((r) => ['step', 'script'].includes(sourceOf(r.mapping)) || (sourceOf(r.mapping) === 'text' && (r.mapping.Value ?? '').includes('{{')) || (!r.optional && sourceOf(r.mapping) === 'unset'));
  const [values, setValues] = useState<Record<string, string>>({});
  const [answer, setAnswer] = useState<string | null>(null);
  const [failed, setFailed] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const key = (r: Row) => `${r.kind} ${r.id}`;
  const ready = (r: Row): string => {
    const m = r.mapping;
    if (sourceOf(m) === 'step') {
      const doc = data.sample?.documents.get(m.SourceStepId ?? '');
      const v = doc === undefined ? undefined : valueAt(doc, m.SourceLocation ?? '');
      const one = Array.isArray(v) ? v[0] : v;
      return one === undefined || one === null ? '' : typeof one === 'object' ? stringifyExact(one) : String(one);
    }
    return sourceOf(m) === 'text' ? (merged(m.Value ?? '', data.fields, data.sample?.documents ?? new Map(), data.variables) ?? '') : '';
  };
  async function run(e: FormEvent) {
    e.preventDefault();
    setBusy(true);
    setFailed(null);
    const body = { Parameters: {} as Record<string, unknown>, Fields: {} as Record<string, unknown>, StepId: step.Id };
    for (const r of rows) {
      const m = r.mapping;
      const typed = asked.includes(r) ? (values[key(r)] ?? ready(r)) : sourceOf(m) === 'variable' ? data.variables.find((v) => v.SystemName === m.Value)?.Value : (m.TriggerValue ?? m.Value);
      if (m.MappingType === 'Ignore' || typed === undefined || typed === null || typed === '') continue;
      (r.kind === 'parameter' ? body.Parameters : body.Fields)[String(r.id)] = typed;
    }
    try {
      const got = await ask(
        accountConnectorsCallMethodPost({ headers: { 'X-Cyclr-Account': data.account }, path: { id: String(step.AccountConnectorId), method: step.Method!.MethodUniqueIdentifier }, body: body as never, parseAs: 'text' }),
      );
      setAnswer(String(got ?? '') || 'null'); // as it is written: parsed, long numbers would be others
    } catch (err) {
      setAnswer(null);
      setFailed(err as Error);
    }
    setBusy(false);
  }
  return (
    <form className="pl-setup-form" onSubmit={run}>
      <p className="pl-dim">{t('setup.testLead', { name: step.AccountConnector?.Name })}</p>
      {asked.map((r) => (
        <TextInput key={key(r)} label={r.name} description={r.location || undefined} required={!r.optional} value={values[key(r)] ?? ready(r)} onChange={(e) => setValues({ ...values, [key(r)]: e.currentTarget.value })} />
      ))}
      {asked.length === 0 && <p>{t('setup.testNothing')}</p>}
      <div>
        <Button type="submit" variant="filled" loading={busy} leftSection={<IconPlayerPlay size={14} />}>
          {t('setup.testRun')}
        </Button>
      </div>
      {failed && <ErrorPanel what={t('setup.tabs.test')} error={failed} />}
      {answer !== null && (
        <section aria-label={t('transactions.response')}>
          <h3>{t('transactions.response')}</h3>
          <JsonView text={answer} label={t('transactions.response')} />
        </section>
      )}
    </form>
  );
}
