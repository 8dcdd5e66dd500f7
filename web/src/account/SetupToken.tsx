import { Button, Group, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AccountConnector, type SetupToken as Made, setupTokensCreatePost } from '../api';
import { ask } from '../lib/ask';
import { when } from '../lib/format';
import { Dialog, Form } from '../ui/FormDialog';
import { Reveal } from '../ui/Reveal';

const lives = [5, 60, 1440, 10080];

// SetupToken makes a token and its link for one connector, and shows each once, apart.
export function SetupToken({ account, connector, zone, close }: { account: string; connector: AccountConnector; zone?: string; close: () => void }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<Made | null>(null);
  const [life, setLife] = useState('60');
  return (
    <Dialog title={t('connectors.tokenTitle', { name: connector.Name })} close={close} size="lg" closeOnClickOutside={!made}>
      {made ? (
        <div className="pl-dialog">
          <Reveal label={t('connectors.link')} value={made.Link} />
          <Reveal label={t('connectors.tokenWord')} value={made.Token} />
          <p className="pl-dim">
            {t('connectors.shownOnce')} {t('connectors.expires', { when: when(made.ExpiresAtUtc, zone) })}
          </p>
          <Group justify="flex-end">
            <Button variant="filled" onClick={close}>
              {t('connectors.stored')}
            </Button>
          </Group>
        </div>
      ) : (
        <Form
          word={t('connectors.make')}
          cancel={close}
          submit={async ({ text }) => {
            const body = { ExpiresInMinutes: Number(life), ...(text('user') ? { UserName: text('user') } : {}) };
            setMade(await ask(setupTokensCreatePost({ headers: { 'X-Cyclr-Account': account }, path: { id: String(connector.Id) }, body })));
          }}
        >
          <p>{t('connectors.tokenText')}</p>
          <TextInput name="user" label={t('connectors.user')} description={t('connectors.userHint')} data-autofocus />
          <Select label={t('connectors.valid')} data={lives.map((n) => ({ value: String(n), label: t(`connectors.minutes.${n}`) }))} value={life} allowDeselect={false} onChange={(v) => setLife(v ?? '60')} />
        </Form>
      )}
    </Dialog>
  );
}
