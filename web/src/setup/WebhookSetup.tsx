import { Button, CopyButton, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { IconAntenna, IconCopy, IconWand } from '@tabler/icons-react';
import { useContext, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { accountConnectorsSampleFieldsPost, type StepInput } from '../api';
import { Acts } from '../builder/acts';
import { ask } from '../lib/ask';
import { prettyJSON } from '../ui/json';
import { JsonView } from '../ui/JsonView';
import { useToast } from '../ui/Toasts';
import { wordsOf } from '../ui/words';
import type { SetupData } from './MappingTable';
import { FieldValue } from './ValueCell';

type Key = { Location?: string; SourceStepId?: string; SourceLocation?: string };

// WebhookSetup is the address at which a step is told things, and the fields that what arrives there has.
export function WebhookSetup({ change, first, ...data }: SetupData & { change: (input: StepInput) => unknown; first: boolean }) {
  const { t } = useTranslation();
  const toast = useToast();
  const queries = useQueryClient();
  const { step, edit, account } = data;
  const acts = useContext(Acts);
  const whole = first && !!acts?.ready; // else the step alone hears the event
  const last = prettyJSON(data.sample?.texts.get(step.Id) ?? '');
  const [text, setText] = useState('');
  const [failed, setFailed] = useState('');
  const known = new Set((step.Method?.ResponseFields ?? []).map((f) => f.Location));
  const own = (step.AccountConnector?.CustomFields ?? []).filter((f) => !known.has(f.ConnectorField) && !f.ForRequestFormat && f.MethodUniqueIdentifier === step.Method?.MethodUniqueIdentifier);
  useEffect(() => setText(last), [last]);
  const key = ((step.ActionData as { WebhookKey?: Key } | null)?.WebhookKey ?? {}) as Key;
  const [draft, setDraft] = useState(key);
  const stored = JSON.stringify(key);
  useEffect(() => setDraft(JSON.parse(stored) as Key), [stored]);
  const putKey = (part: Key) => {
    const next = { ...draft, ...part };
    setDraft(next);
    if (next.Location && next.SourceStepId && next.SourceLocation) change({ ActionData: { WebhookKey: next } });
  };
  async function addFields() {
    setFailed('');
    try {
      await ask(accountConnectorsSampleFieldsPost({ headers: { 'X-Cyclr-Account': account }, path: { id: String(step.AccountConnectorId) }, body: { MethodUniqueIdentifier: step.Method?.MethodUniqueIdentifier ?? null, ForRequestFormat: false, Sample: text } }));
      await queries.invalidateQueries({ queryKey: [account] });
      toast(t('setup.fieldsAdded'));
    } catch (e) {
      setFailed(wordsOf(e as Error, t));
    }
  }
  return (
    <div className="pl-setup-form">
      <p className="pl-dim">{step.Method?.CreateWebhookMethod ? t('setup.registers') : t('setup.registerByHand')}</p>
      {step.WebhookUrl && (
        <div className="pl-reveal">
          <code>{step.WebhookUrl}</code>
          <CopyButton value={step.WebhookUrl}>
            {({ copied, copy }) => (
              <Button size="compact-sm" leftSection={<IconCopy size={13} />} onClick={copy}>
                {t(copied ? 'act.copied' : 'act.copy')}
              </Button>
            )}
          </CopyButton>
        </div>
      )}
      {!first && (
        <section>
          <h3>{t('setup.key')}</h3>
          <p className="pl-dim">{t('setup.keyLead')}</p>
          <div className="pl-inline-form">
            <TextInput key={key.Location} label={t('setup.keyHere')} defaultValue={key.Location ?? ''} disabled={!edit} onBlur={(e) => e.currentTarget.value && e.currentTarget.value !== draft.Location && putKey({ Location: e.currentTarget.value })} />
            <div className="pl-grow">
              <span className="pl-label">{t('setup.keyThere')}</span>
              <FieldValue {...data} label={t('setup.keyThere')} source={draft.SourceStepId} location={draft.SourceLocation} put={(SourceStepId, SourceLocation) => putKey({ SourceStepId, SourceLocation })} />
            </div>
          </div>
        </section>
      )}
      {!data.alone && (
      <section>
        <h3>{t('setup.payload')}</h3>
        {last ? <JsonView text={last} label={t('setup.payload')} /> : <p className="pl-dim">{t('setup.noPayload')}</p>}
        {edit && acts?.listen && (
          <div className="pl-inline-form">
            <Button leftSection={<IconAntenna size={14} />} onClick={() => acts.listen?.(whole ? undefined : step.Id)}>
              {t(whole ? 'setup.listen' : 'setup.capture')}
            </Button>
            {!whole && <span className="pl-dim pl-small">{t('setup.captureLead')}</span>}
          </div>
        )}
        {edit && (
          <>
            <Textarea label={t('setup.sampleText')} description={t('setup.sampleHint')} value={text} onChange={(e) => setText(e.currentTarget.value)} autosize minRows={3} maxRows={12} classNames={{ input: 'pl-mono' }} spellCheck={false} error={failed || undefined} />
            <Button mt={8} leftSection={<IconWand size={14} />} onClick={addFields} disabled={text.trim() === ''}>
              {t('setup.makeFields')}
            </Button>
          </>
        )}
      </section>
      )}
      <section>
        <h3>{t('setup.responseFields')}</h3>
        <ul className="pl-field-list">
          {(step.Method?.ResponseFields ?? []).map((f) => (
            <li key={f.Location}>
              <code>{f.Location}</code> <span className="pl-dim">{f.Name}</span>
            </li>
          ))}
          {own.map((f) => (
            <li key={f.Id}>
              <code>{f.ConnectorField}</code> <span className="pl-dim">{f.DisplayName}</span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
