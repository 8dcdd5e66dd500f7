import '../../text/reports';
import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Listed } from '../../lib/ask';
import { csv, download } from '../../lib/download';
import { count } from '../../lib/format';
import { useToast } from '../../ui/Toasts';
import { wordsOf } from '../../ui/words';

// most bounds the rows of a file.
const most = 50_000;

type Props<T> = { name: string; head: string[]; page: (page: number, size: number) => Promise<Listed<T>>; size?: number; row: (item: T) => (string | number)[] };

// CsvButton fetches a report page by page, as it is filtered now, and hands it over as a file.
export function CsvButton<T>({ name, head, page, size = 1000, row }: Props<T>) {
  const { t } = useTranslation();
  const toast = useToast();
  const [got, setGot] = useState<number | null>(null);
  async function file() {
    const rows: (string | number)[][] = [head];
    setGot(0);
    try {
      for (let n = 1; ; n++) {
        const { items } = await page(n, size);
        rows.push(...items.map(row));
        setGot(rows.length - 1);
        if (items.length < size) break;
        if (rows.length > most) {
          toast(t('report.cut', { n: count(rows.length - 1) }));
          break;
        }
      }
      download(`${name}.csv`, csv(rows), 'text/csv');
    } catch (e) {
      toast(wordsOf(e as Error, t), true);
    }
    setGot(null);
  }
  return (
    <Button leftSection={<IconDownload size={14} />} loading={got !== null} onClick={() => void file()} title={got ? `${t('report.exporting')}: ${count(got)}` : undefined}>
      {t('reports.csv')}
    </Button>
  );
}

// whole makes a list that comes at once look like pages.
export const whole = <T,>(fetch: () => Promise<T[] | null>) => async (page: number): Promise<Listed<T>> => ({ items: page === 1 ? ((await fetch()) ?? []) : [], total: null, next: null });
