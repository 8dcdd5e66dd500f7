import { Outlet, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../lib/queries';
import { may, useSession } from '../../lib/session';
import { AccountTile } from '../../ui/AccountTile';
import { ErrorPanel } from '../../ui/ErrorPanel';
import { LinkButton, TabLinks } from '../../ui/links';
import { PageHead } from '../../ui/Page';

// AccountPage is what the partner sees of one account from outside: its sub accounts, people, usage and settings.
export function AccountPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const account = useAccount(id);
  const { data: session } = useSession();
  if (account.error && !account.data) return <ErrorPanel what={t('accounts.account')} error={account.error} retry={account.refetch} />;
  const base = `/accounts/${encodeURIComponent(id)}`;
  return (
    <>
      <PageHead
        title={
          <span className="pl-name">
            <AccountTile id={id} name={account.data?.Name ?? id} /> {account.data?.Name ?? id}
          </span>
        }
        lead={<code>{id}</code>}
      >
        {may(session, 'OpenAccount') && (
          <LinkButton to="/a/$account/cycles" params={{ account: id }} variant="filled">
            {t('act.open')}
          </LinkButton>
        )}
      </PageHead>
      <TabLinks
        label={t('accounts.account')}
        tabs={[
          ...(account.data?.ParentAccountId ? [] : [{ to: `${base}/sub-accounts`, text: t('accounts.subs') }]),
          { to: `${base}/users`, text: t('accounts.users') },
          { to: `${base}/usage`, text: t('usage.title') },
          { to: `${base}/settings`, text: t('accounts.settings') },
        ]}
      />
      <Outlet />
    </>
  );
}
