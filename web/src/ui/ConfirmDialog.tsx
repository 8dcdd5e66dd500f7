import { Button, Group, Modal, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { wordsOf } from './words';

export type Choice = { word: string; act: () => Promise<unknown>; danger?: boolean; main?: boolean; disabled?: boolean };

// ConfirmDialog names the thing, says what will happen, and has a worded button for each way to go on.
export function ConfirmDialog({ title, children, choices, close }: { title: string; children: ReactNode; choices: Choice[]; close: () => void }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState('');
  const [failed, setFailed] = useState<Error | null>(null);
  async function choose(c: Choice) {
    setBusy(c.word);
    setFailed(null);
    try {
      await c.act();
      close();
    } catch (e) {
      setFailed(e as Error);
      setBusy('');
    }
  }
  return (
    <Modal opened onClose={close} title={title} centered closeButtonProps={{ 'aria-label': t('act.close') }}>
      <div className="pl-dialog">{children}</div>
      {failed && (
        <Text role="alert" className="pl-field-error">
          {wordsOf(failed, t)}
        </Text>
      )}
      <Group justify="flex-end" gap={8} mt={16}>
        <Button onClick={close} disabled={busy !== ''}>
          {t('act.cancel')}
        </Button>
        {choices.map((c) => (
          <Button
            key={c.word}
            variant={c.main ? 'filled' : 'default'}
            color={c.danger ? 'red' : undefined}
            loading={busy === c.word}
            disabled={c.disabled || (busy !== '' && busy !== c.word)}
            onClick={() => choose(c)}
          >
            {c.word}
          </Button>
        ))}
      </Group>
    </Modal>
  );
}
