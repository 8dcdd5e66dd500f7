import { ActionIcon, Button, Menu, PasswordInput, Table, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconDots, IconHistory, IconListDetails, IconLock, IconLockOpen } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Connector, connectorAppsGet, connectorsAppDelete, connectorsAppPut, connectorsMethodsGet, connectorsReleasesGet } from '../../api';
import { ask, askList } from '../../lib/ask';
import { exact, when } from '../../lib/format';
import { may, useSession } from '../../lib/session';
import { ownZone } from '../../lib/zone';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { ErrorPanel } from '../../ui/ErrorPanel';
import { Dialog, FormDialog } from '../../ui/FormDialog';
import { Loading } from '../../ui/Loading';
import { StatusPill } from '../../ui/StatusPill';
import { releaseStatus } from '../../ui/status';
import { useToast } from '../../ui/Toasts';

type Shown = 'app' | 'methods' | 'releases';
type One = { connector: Connector; close: () => void };

const path = (c: Connector) => ({ path: { connector: String(c.Id) } });

// needsApp says whether a person signs in by the partner's app at the vendor.
const needsApp = (c: Connector) => (c.Authentication ?? []).some((a) => a.AuthType === 'OAuth2' || a.AuthType === 'OAuth1');

// useApp is the partner's app of a connector: its client id, '' for none.
const useApp = (c: Connector, enabled: boolean) =>
  useQuery({
    queryKey: ['partner', 'apps'],
    enabled,
    staleTime: 60_000,
    queryFn: async () => (await askList(connectorAppsGet())).items,
    select: (apps) => apps.find((app) => app.ConnectorId === c.Id)?.ClientId ?? '',
  });

// Details are the ways into a connector of the library: the partner's app, with a lock that says whether it is set, methods
// and releases.
export function Details({ connector: c }: { connector: Connector }) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const [shown, setShown] = useState<Shown | null>(null);
  const lock = needsApp(c) && may(session, 'ConnectorLibraries');
  const app = useApp(c, lock);
  const close = () => setShown(null);
  const word = t(app.data ? 'library.appSet' : 'library.appMissing');
  return (
    <>
      {lock && app.isSuccess && (
        <ActionIcon aria-label={`${word}, ${c.Name}`} title={word} color={app.data ? undefined : 'orange'} onClick={() => setShown('app')}>
          {app.data ? <IconLock size={16} /> : <IconLockOpen size={16} />}
        </ActionIcon>
      )}
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <ActionIcon aria-label={`${t('act.more')}, ${c.Name}`}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconListDetails size={14} />} onClick={() => setShown('methods')}>{t('library.methods')}</Menu.Item>
          <Menu.Item leftSection={<IconHistory size={14} />} onClick={() => setShown('releases')}>{t('library.releases')}</Menu.Item>
          {lock && <Menu.Item leftSection={<IconLock size={14} />} onClick={() => setShown('app')}>{t('library.app')}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      {shown === 'app' && <App connector={c} close={close} />}
      {shown === 'methods' && <Methods connector={c} close={close} />}
      {shown === 'releases' && <ReleasesOf connector={c} close={close} />}
    </>
  );
}

function App({ connector: c, close }: One) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const queries = useQueryClient();
  const toast = useToast();
  const app = useApp(c, true);
  const [removing, setRemoving] = useState(false);
  const edit = may(session, 'ConnectorLibraries', 'Edit');
  const done = async (text: string) => {
    await queries.invalidateQueries({ queryKey: ['partner', 'apps'] });
    toast(text);
  };
  if (removing) {
    return (
      <ConfirmDialog title={t('library.appRemove', { name: c.Name })} close={close} choices={[{ word: t('act.delete'), danger: true, main: true, act: async () => { await ask(connectorsAppDelete(path(c))); await done(t('library.appRemoved')); } }]}>
        <p>{t('library.appRemoveText')}</p>
      </ConfirmDialog>
    );
  }
  return (
    <FormDialog
      title={t('library.appOf', { name: c.Name })}
      word={t('act.save')}
      disabled={!edit}
      close={close}
      submit={async ({ text }) => {
        await ask(connectorsAppPut({ ...path(c), body: { ClientId: text('id'), ClientSecret: text('secret') || undefined } }));
        await done(t('act.saved'));
      }}
    >
      <p className="pl-dim">{t('library.appText')}</p>
      <TextInput name="id" label={t('library.clientId')} defaultValue={app.data ?? ''} required autoComplete="off" />
      <PasswordInput name="secret" label={t('library.clientSecret')} description={t('library.clientSecretHint')} autoComplete="new-password" visibilityToggleButtonProps={{ 'aria-label': t('library.showSecret') }} />
      {app.data && edit && <Button color="red" variant="subtle" onClick={() => setRemoving(true)}>{t('library.appForget')}</Button>}
    </FormDialog>
  );
}

function Methods({ connector: c, close }: One) {
  const { t } = useTranslation();
  const list = useQuery({ queryKey: ['partner', 'methods', c.Id], queryFn: () => askList(connectorsMethodsGet(path(c))) });
  return (
    <Dialog title={t('library.methodsOf', { name: c.Name })} close={close} size="lg">
      {list.error && <ErrorPanel what={t('library.methods')} error={list.error} retry={list.refetch} />}
      {list.isLoading && <Loading what={t('library.methods')} />}
      {list.data?.items.length === 0 && <p className="pl-dim">{t('library.noMethod')}</p>}
      <Table.ScrollContainer minWidth={0}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('library.method')}</Table.Th>
              <Table.Th>{t('library.categories')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {(list.data?.items ?? []).map((m) => (
              <Table.Tr key={m.Id}>
                <Table.Td>
                  {m.Name}
                  <span className="pl-sub">{m.Description}</span>
                </Table.Td>
                <Table.Td>{m.Category}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Dialog>
  );
}

function ReleasesOf({ connector: c, close }: One) {
  const { t } = useTranslation();
  const list = useQuery({ queryKey: ['partner', 'connector-releases', c.Id], queryFn: () => askList(connectorsReleasesGet(path(c))) });
  return (
    <Dialog title={t('library.releasesOf', { name: c.Name })} close={close} size="lg">
      {list.error && <ErrorPanel what={t('library.releases')} error={list.error} retry={list.refetch} />}
      {list.isLoading && <Loading what={t('library.releases')} />}
      {list.data?.items.length === 0 && <p className="pl-dim">{t('library.noRelease')}</p>}
      <ul className="pl-releases">
        {(list.data?.items ?? []).map((r) => (
          <li key={r.Release}>
            <strong>{r.Release}</strong> <StatusPill status={releaseStatus({ Status: r.ReleaseStatus })} />
            <p className="pl-dim pl-small">
              <time title={exact(r.CreatedOnUtc, ownZone)}>{when(r.CreatedOnUtc, ownZone)}</time>
              {r.Signer && `, ${t(r.Signer.Trusted ? 'library.signedBy' : 'library.signedByNobody', { name: r.Signer.Name || r.Signer.Key })}`}
            </p>
            {(r.Differences ?? []).map((d) => (
              <p key={d} className="pl-small">{d}</p>
            ))}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
