import { Button, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AccountConnector, type Connector, connectorsInstallPost } from '../api';
import { ask } from '../lib/ask';
import { found, useLibrary } from '../lib/library';
import { AccountTile } from '../ui/AccountTile';
import { ErrorPanel } from '../ui/ErrorPanel';
import { Dialog } from '../ui/FormDialog';
import { Loading } from '../ui/Loading';
import { Quality } from '../ui/Quality';
import { wordsOf } from '../ui/words';

// shown bounds the rows of the list: who does not see the connector types more of its name.
const shown = 60;

// InstallConnector chooses a connector from the library, of one family or of both, and installs it; its set-up comes next.
export function InstallConnector({ account, utilities, title, close, installed }: { account: string; utilities?: boolean; title: string; close: () => void; installed: (c: AccountConnector) => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const library = useLibrary(account);
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(0);
  const [failed, setFailed] = useState<Error | null>(null);
  const all = (library.data?.items ?? []).filter((c) => (utilities === undefined || c.IsSystemConnector === utilities) && found(c, text));
  async function install(c: Connector) {
    setBusy(c.Id);
    setFailed(null);
    try {
      const made = await ask(connectorsInstallPost({ headers: { 'X-Cyclr-Account': account }, path: { connector: String(c.Id) }, body: {} }));
      await queries.invalidateQueries({ queryKey: [account] });
      installed(made);
    } catch (e) {
      setFailed(e as Error);
      setBusy(0);
    }
  }
  return (
    <Dialog title={title} close={close} size="lg">
      <div className="pl-form">
        <TextInput leftSection={<IconSearch size={14} />} aria-label={t('connectors.search')} placeholder={t('connectors.search')} value={text} onChange={(e) => setText(e.currentTarget.value)} data-autofocus />
        {failed && (
          <p className="pl-field-error" role="alert">
            {wordsOf(failed, t)}
          </p>
        )}
        {library.isLoading && <Loading what={t('nav.library')} lines={6} />}
        {library.error && !library.data && <ErrorPanel what={t('nav.library')} error={library.error} retry={library.refetch} />}
        {library.data && all.length === 0 && <p className="pl-dim">{t('connectors.noMatch', { text })}</p>}
        <ul className="pl-picks" aria-label={t('nav.library')}>
          {all.slice(0, shown).map((c) => (
            <li key={c.Id}>
              <AccountTile id={c.Name} name={c.Name} />
              <span>
                <strong>{c.Name}</strong> {c.Quality && <Quality of={c.Quality} />}
                <span className="pl-sub" title={c.Description ?? undefined}>{[c.Release, ...(c.Categories ?? []), c.Description].filter(Boolean).join(', ')}</span>
              </span>
              <Button size="xs" loading={busy === c.Id} disabled={busy !== 0 && busy !== c.Id} onClick={() => void install(c)} aria-label={`${t('connectors.install')}, ${c.Name}`}>
                {t('connectors.install')}
              </Button>
            </li>
          ))}
        </ul>
        {all.length > shown && <p className="pl-dim">{t('connectors.more', { n: all.length - shown })}</p>}
      </div>
    </Dialog>
  );
}
