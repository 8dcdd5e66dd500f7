import { Button, Modal, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { connectorsAllGet, type Connector, connectorsInstallPost } from '../api';
import { ask, askList } from '../lib/ask';
import { ErrorPanel } from '../ui/ErrorPanel';
import { useToast } from '../ui/Toasts';
import { wordsOf } from '../ui/words';
import { ConnectorTile } from './StepTile';

// InstallConnector puts a connector of the library into the account without leaving the canvas. unready is told of one that somebody
// has to sign in to.
export function InstallConnector({ account, close, unready }: { account: string; close: () => void; unready: (connector: number) => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const headers = { 'X-Cyclr-Account': account };
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(0);
  const [failed, setFailed] = useState<Error | null>(null);
  const library = useQuery({ queryKey: [account, 'library', typed], queryFn: () => askList(connectorsAllGet({ headers, query: { query: typed, pageSize: 50 } })) });
  async function install(c: Connector) {
    setBusy(c.Id);
    setFailed(null);
    try {
      const made = await ask(connectorsInstallPost({ headers, path: { connector: String(c.Id) }, body: {} }));
      await queries.invalidateQueries({ queryKey: [account, 'connectors'] });
      toast(t('builder.connectorInstalled', { name: c.Name }));
      close();
      if (!made.Authenticated) unready(made.Id);
    } catch (e) {
      setFailed(e as Error);
      setBusy(0);
    }
  }
  return (
    <Modal opened onClose={close} title={t('builder.install')} size={520} closeButtonProps={{ 'aria-label': t('act.close') }}>
      <TextInput data-autofocus aria-label={t('builder.searchLibrary')} placeholder={t('builder.searchLibrary')} leftSection={<IconSearch size={14} />} value={typed} onChange={(e) => setTyped(e.currentTarget.value)} />
      {library.error && <ErrorPanel what={t('nav.connectors')} error={library.error} retry={library.refetch} inline />}
      {failed && (
        <p role="alert" className="pl-field-error">
          {wordsOf(failed, t)}
        </p>
      )}
      <ul className="pl-library">
        {(library.data?.items ?? []).map((c) => (
          <li key={c.Id}>
            <ConnectorTile connector={c} />
            <div>
              <strong>{c.Name}</strong>
              <span className="pl-dim pl-small">{c.Description}</span>
            </div>
            <Button loading={busy === c.Id} disabled={busy !== 0} onClick={() => install(c)} aria-label={`${t('builder.installOne')}, ${c.Name}`}>
              {t('builder.installOne')}
            </Button>
          </li>
        ))}
      </ul>
      {library.data?.items.length === 0 && <p className="pl-dim pl-pad">{t('builder.noPiece', { text: typed })}</p>}
    </Modal>
  );
}
