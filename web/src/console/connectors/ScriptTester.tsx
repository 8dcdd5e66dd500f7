import { Button, Select, Textarea } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Script, scriptsTestPost } from '../../api';
import { ask } from '../../lib/ask';
import { parseExact, stringifyExact } from '../../lib/exact';
import { prettyJSON } from '../../ui/json';
import { JsonView } from '../../ui/JsonView';
import { PageHead } from '../../ui/Page';
import { ScriptBox } from '../../ui/ScriptBox';
import { wordsOf } from '../../ui/words';

const events = ['', 'before_action', 'after_action', 'after_action_paging', 'after_error', 'after_webhook'];

// ScriptTester runs a script on globals that are typed, in the same worker as a step does.
export function ScriptTester() {
  const { t } = useTranslation();
  const [script, setScript] = useState('function after_action() {\n  return method_response;\n}\n');
  const [globals, setGlobals] = useState('{\n  "method_response": { "id": 1 }\n}');
  const [event, setEvent] = useState('after_action');
  const [out, setOut] = useState<Script | null>(null);
  const [failed, setFailed] = useState('');
  const [busy, setBusy] = useState(false);
  async function run() {
    setFailed('');
    setBusy(true);
    try {
      const parsed = parseExact(globals || '{}');
      // Long numbers stay as they are on both ways.
      const answer = await ask(scriptsTestPost({ body: { Script: script, Event: event || null, Globals: parsed as never }, bodySerializer: (b: unknown) => stringifyExact(b), parseAs: 'text' }));
      setOut(parseExact(String(answer)) as Script);
    } catch (e) {
      setOut(null);
      setFailed(e instanceof SyntaxError ? t('scripts.noJSON', { why: e.message }) : wordsOf(e as Error, t));
    }
    setBusy(false);
  }
  return (
    <>
      <PageHead title={t('nav.scripts')} lead={t('scripts.lead')}>
        <Select w={220} aria-label={t('scripts.event')} data={events.map((e) => ({ value: e, label: e || t('scripts.noEvent') }))} value={event} allowDeselect={false} onChange={(v) => setEvent(v ?? '')} />
        <Button variant="filled" leftSection={<IconPlayerPlay size={14} />} loading={busy} onClick={() => void run()}>
          {t('scripts.run')}
        </Button>
      </PageHead>
      <div className="pl-pair pl-tall">
        <section className="pl-card pl-section pl-full">
          <ScriptBox label={t('scripts.script')} value={script} change={setScript} minRows={16} className="pl-code-input" />
          <Textarea label={t('scripts.globals')} value={globals} onChange={(e) => setGlobals(e.currentTarget.value)} minRows={6} autosize className="pl-code-input" spellCheck={false} onBlur={() => setGlobals(prettyJSON(globals))} />
        </section>
        <section className="pl-card pl-section pl-full" aria-live="polite" aria-label={t('scripts.output')}>
          <h2>{t('scripts.output')}</h2>
          {failed && <p className="pl-field-error" role="alert">{failed}</p>}
          {!out && !failed && <p className="pl-dim">{t('scripts.nothing')}</p>}
          {out && (
            <>
              {out.Error && (
                <p className="pl-field-error" role="alert">
                  {out.Error.Name}: {out.Error.Message} {out.Error.Line > 0 && t('scripts.at', { line: out.Error.Line, column: out.Error.Column })} {out.Error.Limit}
                </p>
              )}
              <p className="pl-dim">{t('scripts.took', { ms: out.DurationMs.toFixed(1) })}</p>
              <JsonView text={stringifyExact(out.Result ?? null)} label={t('scripts.result')} />
              {!!out.Log?.length && <pre className="pl-wrap" aria-label={t('scripts.log')}>{out.Log.join('\n')}</pre>}
              <h3>{t('scripts.globalsAfter')}</h3>
              <JsonView text={stringifyExact(out.Globals ?? null)} label={t('scripts.globalsAfter')} />
            </>
          )}
        </section>
      </div>
    </>
  );
}
