import { Button, CopyButton, Group, Modal, Select, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AccountConnector, type SetupToken as Made, setupTokensCreatePost } from '../api';
import { ask } from '../lib/ask';
import { when } from '../lib/format';
import { wordsOf } from '../ui/words';

const lives = [5, 60, 1440, 10080];

// SetupToken makes a token and its link for one connector, and shows each once, apart.
export function SetupToken({ account, connector, close }: { account: string; connector: AccountConnector; close: () => void }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<Made | null>(null);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<Error | null>(null);
  const [life, setLife] = useState('60');
  async function submit(e: FormEvent<HTMLFormElement>) {
    e.preventDefault();
    const user = String(new FormData(e.currentTarget).get('user') ?? '').trim();
    setBusy(true);
    setFailed(null);
    try {
      const body = { ExpiresInMinutes: Number(life), ...(user ? { UserName: user } : {}) };
      setMade(await ask(setupTokensCreatePost({ headers: { 'X-Cyclr-Account': account }, path: { id: String(connector.Id) }, body })));
    } catch (err) {
      setFailed(err as Error);
    }
    setBusy(false);
  }
  return (
    <Modal
      opened
      onClose={close}
      title={t('connectors.tokenTitle', { name: connector.Name })}
      centered
      size="lg"
      closeOnClickOutside={!made}
      closeButtonProps={{ 'aria-label': t('act.close') }}
    >
      {made ? (
        <div className="pl-dialog">
          <Reveal label={t('connectors.link')} value={made.Link} />
          <Reveal label={t('connectors.tokenWord')} value={made.Token} />
          <p className="pl-dim">
            {t('connectors.shownOnce')} {t('connectors.expires', { when: when(made.ExpiresAtUtc, undefined) })}
          </p>
          <Group justify="flex-end">
            <Button variant="filled" onClick={close}>
              {t('connectors.stored')}
            </Button>
          </Group>
        </div>
      ) : (
        <form className="pl-form" onSubmit={submit}>
          <p>{t('connectors.tokenText')}</p>
          <TextInput name="user" label={t('connectors.user')} description={t('connectors.userHint')} data-autofocus />
          <Select label={t('connectors.valid')} data={lives.map((n) => ({ value: String(n), label: t(`connectors.minutes.${n}`) }))} value={life} allowDeselect={false} onChange={(v) => setLife(v ?? '60')} />
          {failed && (
            <p className="pl-field-error" role="alert">
              {wordsOf(failed, t)}
            </p>
          )}
          <Group justify="flex-end" gap={8}>
            <Button onClick={close}>{t('act.cancel')}</Button>
            <Button type="submit" variant="filled" loading={busy}>
              {t('connectors.make')}
            </Button>
          </Group>
        </form>
      )}
    </Modal>
  );
}

function Reveal({ label, value }: { label: string; value: string }) {
  const { t } = useTranslation();
  return (
    <div>
      <div className="pl-small">{label}</div>
      <div className="pl-reveal">
        <code>{value}</code>
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <Button size="xs" onClick={copy} aria-label={`${t('act.copy')}, ${label}`}>
              {copied ? t('act.copied') : t('act.copy')}
            </Button>
          )}
        </CopyButton>
      </div>
    </div>
  );
}
