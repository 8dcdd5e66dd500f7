import { Button, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { beginSecondFactor, confirmSecondFactor, type NewFactor, removeSecondFactor, useSession } from '../../lib/session';
import { Dialog, Form, FormDialog } from '../../ui/FormDialog';
import { Section } from '../../ui/Page';
import { Reveal } from '../../ui/Reveal';
import { useToast } from '../../ui/Toasts';
import { wordsOf } from '../../ui/words';

// Me is what concerns the signed-in person alone: the second factor of the sign-in.
export function Me() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const toast = useToast();
  const queries = useQueryClient();
  const [made, setMade] = useState<NewFactor | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [removing, setRemoving] = useState(false);
  const [failed, setFailed] = useState<Error | null>(null);
  const changed = () => queries.invalidateQueries({ queryKey: ['session'] });
  async function begin() {
    setFailed(null);
    try {
      setMade(await beginSecondFactor());
    } catch (e) {
      setFailed(e as Error);
    }
  }
  const leave = () => {
    setMade(null);
    setCodes(null);
  };
  return (
    <Section title={t('factor.title')} lead={t(session?.SecondFactor ? 'factor.on' : 'factor.off')}>
      {failed && <p className="pl-field-error" role="alert">{wordsOf(failed, t)}</p>}
      <div>
        {session?.SecondFactor ? <Button onClick={() => setRemoving(true)}>{t('factor.remove')}</Button> : <Button variant="filled" onClick={() => void begin()}>{t('factor.begin')}</Button>}
      </div>
      {made && (
        <Dialog title={t('factor.begin')} close={leave} closeOnClickOutside={false}>
          {codes ? (
            <div className="pl-dialog">
              <p>{t('factor.codesText')}</p>
              <Reveal label={t('factor.codes')} value={codes.join('\n')} />
              <div className="pl-form-foot">
                <Button variant="filled" onClick={leave}>{t('credentials.stored')}</Button>
              </div>
            </div>
          ) : (
            <Form word={t('factor.confirm')} cancel={leave} submit={async ({ text }) => { setCodes(await confirmSecondFactor(text('code'))); await changed(); }}>
              <p>{t('factor.scan')}</p>
              <img src={made.Picture} width={200} height={200} alt={t('factor.picture')} className="pl-qr" />
              <Reveal label={t('factor.secret')} value={made.Secret} />
              <TextInput name="code" label={t('factor.code')} inputMode="numeric" autoComplete="one-time-code" required data-autofocus />
            </Form>
          )}
        </Dialog>
      )}
      {removing && (
        <FormDialog title={t('factor.remove')} word={t('factor.remove')} danger close={() => setRemoving(false)} submit={async ({ text }) => { await removeSecondFactor(text('code')); await changed(); toast(t('factor.removed')); }}>
          <p>{t('factor.removeText')}</p>
          <TextInput name="code" label={t('factor.code')} autoComplete="one-time-code" required data-autofocus />
        </FormDialog>
      )}
    </Section>
  );
}
