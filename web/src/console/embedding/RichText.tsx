import { ActionIcon, Group, Textarea } from '@mantine/core';
import { IconBold, IconH2, IconH3, IconItalic, IconLink, IconList } from '@tabler/icons-react';
import { useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { type Mark, type Marked, mark, marks } from './marks';

const icons: Record<Mark, typeof IconBold> = { heading: IconH2, subheading: IconH3, bold: IconBold, italic: IconItalic, link: IconLink, list: IconList };

// RichText is a field of HTML with a bar that marks what is chosen in it.
export function RichText({ label, value, put, disabled }: { label: string; value: string; put: (text: string) => void; disabled: boolean }) {
  const { t } = useTranslation();
  const field = useRef<HTMLTextAreaElement>(null);
  const chosen = useRef<Marked>(undefined);
  // The text comes back from whoever keeps it: only then something can be chosen in it.
  useLayoutEffect(() => {
    if (chosen.current?.text !== value) return;
    field.current?.focus();
    field.current?.setSelectionRange(chosen.current.from, chosen.current.to);
    chosen.current = undefined;
  }, [value]);
  const press = (what: Mark) => {
    if (!field.current) return;
    chosen.current = mark(value, field.current.selectionStart, field.current.selectionEnd, what);
    put(chosen.current.text);
  };
  return (
    <div>
      {!disabled && (
        <Group role="toolbar" aria-label={t('market.marks.bar')} gap={4} mb={4}>
          {marks.map((what) => {
            const Icon = icons[what];
            return <ActionIcon key={what} variant="default" size="lg" aria-label={t(`market.marks.${what}`)} title={t(`market.marks.${what}`)} onClick={() => press(what)}><Icon size={16} /></ActionIcon>;
          })}
        </Group>
      )}
      <Textarea ref={field} label={label} className="pl-code-input" value={value} onChange={(e) => put(e.currentTarget.value)} autosize minRows={2} maxRows={12} disabled={disabled} />
    </div>
  );
}
