import { Button, Group, Modal, type ModalProps } from '@mantine/core';
import { type FormEvent, Fragment, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { wordsOf } from './words';

// Fields reads what was typed into a form, by name.
export type Fields = { text: (name: string) => string; on: (name: string) => boolean; form: HTMLFormElement };

function fieldsOf(form: HTMLFormElement): Fields {
  const data = new FormData(form);
  return { text: (name) => String(data.get(name) ?? '').trim(), on: (name) => data.has(name), form };
}

type Props = { word: string; submit: (fields: Fields) => Promise<unknown>; children: ReactNode; cancel?: () => void; danger?: boolean; disabled?: boolean; stored?: unknown };

// Form is fields with the one way to send them. What was typed stays when the server refuses it. Fields that show what is
// stored follow it as long as nobody types into them.
export function Form({ word, submit, children, cancel, danger, disabled, stored }: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(false);
  const now = JSON.stringify(stored ?? null);
  const [shown, setShown] = useState(now);
  if (shown !== now && !typed) setShown(now);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<Error | null>(null);
  async function send(e: FormEvent<HTMLFormElement>) {
    e.preventDefault();
    e.stopPropagation();
    setBusy(true);
    setFailed(null);
    try {
      await submit(fieldsOf(e.currentTarget));
      setTyped(false);
    } catch (err) {
      setFailed(err as Error);
    }
    setBusy(false);
  }
  return (
    <form className="pl-form" onSubmit={send} onChange={() => setTyped(true)}>
      <Fragment key={shown}>{children}</Fragment>
      {failed && (
        <p className="pl-field-error" role="alert">
          {wordsOf(failed, t)}
        </p>
      )}
      <Group justify="flex-end" gap={8}>
        {cancel && (
          <Button onClick={cancel} disabled={busy}>
            {t('act.cancel')}
          </Button>
        )}
        <Button type="submit" variant="filled" color={danger ? 'red' : undefined} loading={busy} disabled={disabled}>
          {word}
        </Button>
      </Group>
    </form>
  );
}

// Dialog is a window over the page, with its name and the way out.
export function Dialog({ title, close, children, ...rest }: { title: ReactNode; close: () => void; children: ReactNode } & Omit<ModalProps, 'opened' | 'onClose'>) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={close} title={title} centered closeButtonProps={{ 'aria-label': t('act.close') }} {...rest}>
      {children}
    </Modal>
  );
}

// FormDialog asks for some values, and closes once they are taken.
export function FormDialog({ title, close, size, ...form }: Omit<Props, 'cancel'> & { title: string; close: () => void; size?: string }) {
  return (
    <Dialog title={title} close={close} size={size}>
      <Form {...form} cancel={close} submit={async (f) => { await form.submit(f); close(); }} />
    </Dialog>
  );
}
