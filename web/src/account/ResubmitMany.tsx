import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cyclesGetGet, cyclesTransactionsResubmitPost } from '../api';
import { ask } from '../lib/ask';
import { count } from '../lib/format';
import { Dialog, Form } from '../ui/FormDialog';
import { startTask } from '../ui/tasks';
import { CycleChoice } from './CycleChoice';
import type { Resubmission } from './ResubmitTask';

type Preset = { cycle?: string; after?: string; before?: string; code?: string; signature?: string };

// ResubmitMany counts the failed transactions of one cycle, and then begins to repeat them: the tray of the page shows how far that is.
export function ResubmitMany({ account, preset, close }: { account: string; preset: Preset; close: () => void }) {
  const { t } = useTranslation();
  const [cycle, setCycle] = useState<string | null>(preset.cycle ?? null);
  const [found, setFound] = useState<number | null | undefined>(undefined);
  const headers = { 'X-Cyclr-Account': account };
  const body = { After: preset.after, Before: preset.before, Code: preset.code, Signature: preset.signature };
  return (
    <Dialog title={t('resubmit.title')} close={close}>
      <Form
        word={found === undefined ? t('resubmit.count') : t('resubmit.go')}
        cancel={close}
        disabled={!cycle || found === 0}
        submit={async () => {
          if (!cycle) return;
          if (found === undefined) {
            setFound((await ask(cyclesTransactionsResubmitPost({ headers, path: { id: cycle }, body: { ...body, DryRun: true } }))).Matched);
            return;
          }
          const { Name: name } = await ask(cyclesGetGet({ headers, path: { id: cycle } }));
          startTask<Resubmission>('resubmit', account, { cycle, name, after: preset.after, before: preset.before, code: preset.code, signature: preset.signature, total: found, done: 0, unavailable: 0 });
          close();
        }}
      >
        <p>{t(preset.signature ? 'resubmit.textLike' : 'resubmit.text')}</p>
        <CycleChoice account={account} value={cycle} change={(v) => { setCycle(v); setFound(undefined); }} />
        {found !== undefined && <p role="status">{found === null ? t('resubmit.many') : t('resubmit.found', { n: count(found) })}</p>}
      </Form>
    </Dialog>
  );
}
