import { Button, Group, Select, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AccountConnector, type SetupToken as Made, setupTokensAllGet, setupTokensCreatePost, setupTokensDeleteDelete } from '../api';
import { ask } from '../lib/ask';
import { exact, when } from '../lib/format';
import { utcOf } from '../lib/zone';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { ErrorPanel } from '../ui/ErrorPanel';
import { Dialog, Form } from '../ui/FormDialog';
import { Reveal } from '../ui/Reveal';
import { StatusPill } from '../ui/StatusPill';
import { setupLinkStatus } from '../ui/status';
import { UserChoice } from './UserChoice';

const lives = [5, 60, 1440, 10080];
const own = 'own';

// minutesUntil is how many whole minutes are left, 0 for none: the server says what is allowed.
export const minutesUntil = (at: string | undefined, now = Date.now()) => (at ? Math.max(0, Math.floor((new Date(at).getTime() - now) / 60_000)) : 0);

// SetupToken makes a token and its link for one connector, and shows each once, apart.
export function SetupToken({ account, connector, zone, close }: { account: string; connector: AccountConnector; zone?: string; close: () => void }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<Made | null>(null);
  const [life, setLife] = useState('5');
  const [until, setUntil] = useState('');
  const [user, setUser] = useState<string | null>(null);
  const queries = useQueryClient();
  return (
    <Dialog title={t('connectors.tokenTitle', { name: connector.Name })} close={close} size="lg" closeOnClickOutside={!made}>
      {made ? (
        <div className="pl-dialog">
          <p>{t('connectors.apart')}</p>
          <Reveal label={t('connectors.tokenWord')} value={made.Token} />
          <Reveal label={t('connectors.link')} value={made.Link} />
          <p className="pl-dim">
            {t('connectors.shownOnce')} <span title={exact(made.ExpiresAtUtc, zone)}>{t('connectors.expires', { when: when(made.ExpiresAtUtc, zone) })}</span>
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
          disabled={life === own && !until}
          submit={async () => {
            const body = { ExpiresInMinutes: life === own ? minutesUntil(utcOf(until, zone)) : Number(life), ...(user ? { UserName: user } : {}) };
            setMade(await ask(setupTokensCreatePost({ headers: { 'X-Cyclr-Account': account }, path: { id: String(connector.Id) }, body })));
            await queries.invalidateQueries({ queryKey: [account, 'setupLinks', connector.Id] });
          }}
        >
          <p>{t('connectors.tokenText')}</p>
          <UserChoice account={account} change={setUser} />
          <Select label={t('connectors.valid')} data={[...lives.map((n) => ({ value: String(n), label: t(`connectors.minutes.${n}`) })), { value: own, label: t('connectors.until') }]} value={life} allowDeselect={false} onChange={(v) => setLife(v ?? '5')} />
          {life === own && <TextInput type="datetime-local" label={t('connectors.untilIn', { zone })} value={until} onChange={(e) => setUntil(e.currentTarget.value)} required />}
        </Form>
      )}
      <Links account={account} connector={connector} zone={zone} />
    </Dialog>
  );
}

const lookEach = 5000;

type Link = { Id: string; UserName: string };

// Links are how far the links of a connector have come, followed while the window is open.
function Links({ account, connector, zone }: { account: string; connector: AccountConnector; zone?: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const where = { headers: { 'X-Cyclr-Account': account }, path: { id: String(connector.Id) } };
  const list = useQuery({ queryKey: [account, 'setupLinks', connector.Id], queryFn: () => ask(setupTokensAllGet(where)), refetchInterval: lookEach });
  const [ending, setEnding] = useState<Link | null>(null);
  const end = async (link: Link) => {
    await ask(setupTokensDeleteDelete({ headers: where.headers, path: { ...where.path, link: link.Id } }));
    await queries.invalidateQueries({ queryKey: [account, 'setupLinks', connector.Id] });
  };
  if (list.error && !list.data) return <ErrorPanel what={t('connectors.links')} error={list.error} retry={list.refetch} inline />;
  if (!list.data?.length) return null;
  return (
    <section aria-label={t('connectors.links')} className="pl-links">
      <h3>{t('connectors.links')}</h3>
      <ul aria-live="polite">
        {list.data.map((link) => {
          const steps = [[link.OpenedOnUtc, 'opened'], [link.UsedOnUtc, 'used'], [link.FinishedOnUtc, 'finished']] as const;
          const open = link.Status === 'Created' || link.Status === 'Opened' || link.Status === 'Used';
          return (
            <li key={link.Id}>
              <StatusPill status={setupLinkStatus(link)} />
              <span>
                {link.UserName} <span className="pl-sub">{[t('connectors.linkMade', { when: when(link.CreatedOnUtc, zone) }), ...steps.filter(([at]) => at).map(([at, word]) => t(`connectors.link_${word}`, { when: when(at as string, zone) }))].join(', ')}</span>
              </span>
              {open && (
                <Button size="xs" aria-label={`${t('connectors.endLink')}, ${link.UserName}`} onClick={() => setEnding(link)}>
                  {t('connectors.endLink')}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {ending && (
        <ConfirmDialog title={t('connectors.endLinkTitle')} close={() => setEnding(null)} choices={[{ word: t('connectors.endLink'), danger: true, main: true, act: () => end(ending) }]}>
          <p>{t('connectors.endLinkText', { name: ending.UserName })}</p>
        </ConfirmDialog>
      )}
    </section>
  );
}
