import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { beginSecondFactor, confirmSecondFactor, type NewFactor } from '../../lib/session';
import { Dialog, Form } from '../../ui/FormDialog';
import { Reveal } from '../../ui/Reveal';
import { wordsOf } from '../../ui/words';

// SetUpFactor ties an authenticator app to the signed-in person: the picture, the first code, and the codes for the day it is lost.
export function SetUpFactor({ done }: { done: () => Promise<unknown> }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<NewFactor | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [failed, setFailed] = useState<Error | null>(null);
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
    if (codes) void done();
    setCodes(null);
  };
  return (
    <>
      <Button variant="filled" onClick={() => void begin()}>{t('factor.begin')}</Button>
      {failed && <p className="pl-field-error" role="alert">{wordsOf(failed, t)}</p>}
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
            <Form word={t('factor.confirm')} cancel={leave} submit={async ({ text }) => setCodes(await confirmSecondFactor(text('code')))}>
              <p>{t('factor.scan')}</p>
              <img src={made.Picture} width={200} height={200} alt={t('factor.picture')} className="pl-qr" />
              <Reveal label={t('factor.secret')} value={made.Secret} />
              <TextInput name="code" label={t('factor.code')} inputMode="numeric" autoComplete="one-time-code" required data-autofocus />
            </Form>
          )}
        </Dialog>
      )}
    </>
  );
}
