import { useQuery } from '@tanstack/react-query';
import { usageGet } from '../api';
import { ask } from './ask';
import { sinceDay } from './usage';

// useTasks is the partner's tasks of the last days, summed by keys.
export const useTasks = (by: string, days: number) => {
  const from = sinceDay(days);
  return useQuery({ queryKey: ['usage', by, from], queryFn: () => ask(usageGet({ query: { by, from } })), staleTime: 30_000 });
};
