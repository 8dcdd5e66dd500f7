import { Button, Textarea, type TextareaProps } from '@mantine/core';
import { IconIndentIncrease } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { formatScript } from '../lib/scriptFormat';

type Props = Omit<TextareaProps, 'onChange' | 'value'> & { value: string; change: (text: string) => void; done?: (text: string) => void };

// ScriptBox is where a script is typed, with the button that lays it out.
export function ScriptBox({ value, change, done, disabled, ...rest }: Props) {
  const { t } = useTranslation();
  const tidy = formatScript(value);
  return (
    <div className="pl-script-box">
      <Textarea {...rest} value={value} disabled={disabled} autosize spellCheck={false} onChange={(e) => change(e.currentTarget.value)} onBlur={() => done?.(value)} />
      {!disabled && (
        <Button
          size="compact-xs" mt={4} leftSection={<IconIndentIncrease size={13} />} disabled={tidy === value || value.trim() === ''}
          onClick={() => {
            change(tidy);
            done?.(tidy);
          }}
        >
          {t('act.format')}
        </Button>
      )}
    </div>
  );
}
