import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { usageGet } from '../api';
import { askList } from './ask';
import { sinceDay } from './usage';

export type TasksOf = { account?: string; orderBy?: 'Tasks' | 'Incidents'; page?: number; pageSize?: number };

// tasksOf reads the partner's tasks of the last days, summed by keys: all sums, or one page of them.
export const tasksOf = (by: string, days: number, of: TasksOf) => askList(usageGet({ query: { by, from: sinceDay(days), ...of } }));

export const useTasks = (by: string, days: number, of: TasksOf = {}) =>
  useQuery({ queryKey: ['usage', by, sinceDay(days), of], queryFn: () => tasksOf(by, days, of), staleTime: 30_000, placeholderData: keepPreviousData });
