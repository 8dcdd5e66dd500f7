import { SegmentedControl, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { accountMembersGet } from '../api';
import { askPages } from '../lib/ask';
import { may, useSession } from '../lib/session';
import { Choice } from '../ui/Choice';

type Way = 'none' | 'known' | 'new';

// UserChoice is whose name something is done in: a user of the account, a new one, or nobody in particular. Who may not see the users
// of the account types a name.
export function UserChoice({ account, change }: { account: string; change: (name: string | null) => void }) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const sees = session?.Account ? session.Account.Administrator : may(session, 'AccountUsers');
  const [way, setWay] = useState<Way>('none');
  const [known, setKnown] = useState<string | null>(null);
  const headers = { 'X-Cyclr-Account': account };
  const ways: Way[] = sees ? ['none', 'known', 'new'] : ['none', 'new'];
  return (
    <div className="pl-form" role="group" aria-label={t('connectors.user')}>
      <div>
        <div className="pl-small" id="whose">{t('connectors.user')}</div>
        <SegmentedControl aria-labelledby="whose" data={ways.map((value) => ({ value, label: t(`connectors.userWay.${value}`) }))} value={way} onChange={(v) => { setWay(v as Way); setKnown(null); change(null); }} />
      </div>
      {way === 'none' && <p className="pl-dim">{t('connectors.userNone')}</p>}
      {way === 'known' && (
        <Choice
          label={t('connectors.userKnown')} value={known} change={(v) => { setKnown(v); change(v); }} about={[account, 'members']} nameOf={async (name) => name}
          load={async (text) => {
            const wanted = text.toLowerCase();
            const all = await askPages((at) => accountMembersGet({ headers, query: at })); // the API has no search of members
            return { total: null, next: null, items: all.filter((u) => u.UserName.toLowerCase().includes(wanted)).map((u) => ({ value: u.UserName, label: u.UserName })) };
          }}
        />
      )}
      {way === 'new' && <TextInput label={t('connectors.userNew')} description={t('connectors.userHint')} onChange={(e) => change(e.currentTarget.value.trim() || null)} required data-autofocus />}
    </div>
  );
}
