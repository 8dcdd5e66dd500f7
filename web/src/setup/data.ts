import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { cyclesTransactionGet, cyclesTransactionsGet, type Step, stepsFieldMappingsGet, stepsFieldsForMappingGet, stepsParametersGet } from '../api';
import { ask, askList } from '../lib/ask';
import { parseExact } from '../lib/exact';
import { rowsOf } from './model';

const inAccount = (account: string) => ({ 'X-Cyclr-Account': account });

export const setupKey = (account: string, step: string) => [account, 'setup', step];

// useRows are the parameters and request fields of a step with what fills them.
export function useRows(account: string, step: Step) {
  const query = useQuery({
    queryKey: [...setupKey(account, step.Id), 'rows', step.MethodId], enabled: step.Method !== null,
    queryFn: async () => {
      const options = { headers: inAccount(account), path: { step: step.Id } };
      const [parameters, fields] = await Promise.all([ask(stepsParametersGet(options)), ask(stepsFieldMappingsGet(options))]);
      return { parameters: parameters ?? [], fields: fields ?? [] };
    },
  });
  const rows = useMemo(() => (query.data ? rowsOf(query.data.parameters, query.data.fields) : []), [query.data]);
  return { ...query, rows };
}

// useFields are the fields that earlier steps give.
export const useFields = (account: string, step: string) =>
  useQuery({
    queryKey: [...setupKey(account, step), 'fields'],
    queryFn: async () => (await ask(stepsFieldsForMappingGet({ headers: inAccount(account), path: { step } }))) ?? [],
  });

export type Sample = { run: string; at: string; documents: Map<string, unknown>; texts: Map<string, string> };

// useSample is what the steps of the latest run gave, by step.
export function useSample(account: string, cycle: string) {
  return useQuery({
    queryKey: [account, 'sample', cycle], staleTime: 30_000,
    queryFn: async (): Promise<Sample | null> => {
      const headers = inAccount(account);
      const runs = (await askList(cyclesTransactionsGet({ headers, path: { id: cycle }, query: { pageSize: 1 } }))).items;
      const run = runs[0];
      if (!run) return null;
      const items = (await askList(cyclesTransactionGet({ headers, path: { id: cycle, transaction: run.Id }, query: { pageSize: 100, sortOrderAsc: 'true' } }))).items;
      const documents = new Map<string, unknown>();
      const texts = new Map<string, string>(); // as they were written
      for (const item of items) {
        const text = item.Response || item.Request;
        if (item.Status === 'Done' && text && !documents.has(item.StepId)) {
          try {
            documents.set(item.StepId, parseExact(bodyOf(text)));
            texts.set(item.StepId, bodyOf(text));
          } catch {
            // what is no JSON is no sample
          }
        }
      }
      return { run: run.Id, at: run.CreatedOnUtc, documents, texts };
    },
  });
}

// bodyOf is the body of a logged message, which begins with its first line and headers where it has them.
export function bodyOf(text: string): string {
  const trimmed = text.trimStart();
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) return trimmed;
  const gap = text.search(/\r?\n\r?\n/);
  return gap < 0 ? text : text.slice(gap).trim();
}
