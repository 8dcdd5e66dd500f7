import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSession, useSignOut } from '../../lib/session';
import { Product } from '../../ui/Mark';
import { SetUpFactor } from './SetUpFactor';

// FirstFactor stands in the place of every page for who has no authenticator app where the partner asks for one.
export function FirstFactor() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const queries = useQueryClient();
  const signOut = useSignOut();
  return (
    <div className="pl-sign-in">
      <main>
        <div className="pl-mark">
          <Product />
        </div>
        <div className="pl-form">
          <h1>{t('factor.first')}</h1>
          <p>{t('factor.firstText', { partner: session?.Partner })}</p>
          <div className="pl-acts">
            <SetUpFactor done={() => queries.invalidateQueries()} />
            <Button onClick={() => void signOut()}>{t('act.signOut')}</Button>
          </div>
        </div>
      </main>
    </div>
  );
}
