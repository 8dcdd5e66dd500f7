import { Button, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { removeSecondFactor, useSession } from '../../lib/session';
import { FormDialog } from '../../ui/FormDialog';
import { Section } from '../../ui/Page';
import { useToast } from '../../ui/Toasts';
import { SetUpFactor } from './SetUpFactor';

// Me is what concerns the signed-in person alone: the second factor of the sign-in.
export function Me() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const toast = useToast();
  const queries = useQueryClient();
  const [removing, setRemoving] = useState(false);
  const changed = () => queries.invalidateQueries({ queryKey: ['session'] });
  return (
    <Section title={t('factor.title')} lead={t(session?.SecondFactor ? 'factor.on' : 'factor.off')}>
      <div>
        {session?.SecondFactor ? <Button onClick={() => setRemoving(true)}>{t('factor.remove')}</Button> : <SetUpFactor done={changed} />}
      </div>
      {removing && (
        <FormDialog title={t('factor.remove')} word={t('factor.remove')} danger close={() => setRemoving(false)} submit={async ({ text }) => { await removeSecondFactor(text('code')); await changed(); toast(t('factor.removed')); }}>
          <p>{t('factor.removeText')}</p>
          <TextInput name="code" label={t('factor.code')} autoComplete="one-time-code" required data-autofocus />
        </FormDialog>
      )}
    </Section>
  );
}
