import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type StepTrial, stepsTryPost } from '../api';
import { ask } from '../lib/ask';
import { parseExact, stringifyExact } from '../lib/exact';
import { wordsOf } from '../ui/words';
import type { SetupData } from './MappingTable';
import { short } from './merge';

// Trial says what a text or an inline script yields on the values of the latest run, and what is wrong with it. The server works
// it out as a run would.
export function Trial({ text, account, step, fields, sample, quiet }: Pick<SetupData, 'account' | 'step' | 'fields' | 'sample'> & { text: string; quiet?: boolean }) {
  const { t } = useTranslation();
  const [settled] = useDebouncedValue(text, 300);
  const trial = useQuery({
    queryKey: [account, 'trial', step.Id, settled, sample?.run],
    queryFn: async () => {
      const body = { Text: settled, Data: dataFor(settled, fields, sample) as never };
      const said = await ask(stepsTryPost({ headers: { 'X-Cyclr-Account': account }, path: { step: step.Id }, body, bodySerializer: (b: unknown) => stringifyExact(b), parseAs: 'text' }));
      return parseExact(String(said)) as StepTrial;
    },
    enabled: settled.replace(/^=/, '').trim() !== '', retry: false, staleTime: 60_000, gcTime: 60_000, placeholderData: (old) => old,
  });
  if (trial.error) return <span className="pl-dim">{wordsOf(trial.error, t)}</span>;
  const got = trial.data;
  if (!got) return quiet ? null : <span className="pl-dim">{t('setup.trying')}</span>;
  if (got.Error) {
    return (
      <span className="pl-field-error" role="status">
        {got.Line > 0 ? t('setup.wrongAt', { why: got.Error, line: got.Line, column: got.Column }) : got.Error}
      </span>
    );
  }
  const value = got.Value as unknown;
  return (
    <span role="status" className={value === null || value === undefined ? 'pl-dim' : undefined}>
      {value === null || value === undefined ? t(sample ? 'setup.givesNothing' : 'setup.noSampleYet') : short(value)}
    </span>
  );
}

// dataFor is what of the sample a text can speak of: the steps that it names.
function dataFor(text: string, fields: SetupData['fields'], sample: SetupData['sample']): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const f of fields) {
    if (!f.StepId || f.StepId in out || !(text.includes(f.StepId) || (f.StepName && text.includes(f.StepName)))) continue;
    const doc = sample?.documents.get(f.StepId);
    if (doc !== undefined) out[f.StepId] = doc;
  }
  return out;
}
