import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

type Props = { end?: boolean; time?: boolean; zone: string | undefined; value?: string; change: (value: string | undefined) => void };

// DayField is one end of a span of days, or of minutes, by the clocks of a zone.
export function DayField({ end, time, zone, value, change }: Props) {
  const { t } = useTranslation();
  const label = t(end ? 'transactions.toIn' : 'transactions.fromIn', { zone });
  return (
    <TextInput
      type={time ? 'datetime-local' : 'date'} aria-label={label} title={label} value={value ?? ''} onChange={(e) => change(e.currentTarget.value || undefined)}
      leftSection={<span className="pl-small" aria-hidden>{t(end ? 'transactions.to' : 'transactions.from')}</span>} leftSectionWidth={48}
    />
  );
}
