import '../../text/embedding';
import { Button, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { IconBuildingStore, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type MarketplaceSummary, marketplacesAllGet, marketplacesCreatePost, marketplacesDeleteDelete } from '../../api';
import { ask } from '../../lib/ask';
import { when } from '../../lib/format';
import { may, useSession } from '../../lib/session';
import { ownZone } from '../../lib/zone';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { FormDialog } from '../../ui/FormDialog';
import { LinkButton } from '../../ui/links';
import { PageHead } from '../../ui/Page';
import { useToast } from '../../ui/Toasts';

type Asked = { act: 'add' } | { act: 'delete'; market: MarketplaceSummary };

// Marketplaces lists the pages on which the partner offers integrations.
export function Marketplaces() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const queries = useQueryClient();
  const toast = useToast();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<Asked | null>(null);
  const list = useQuery({ queryKey: ['marketplaces'], queryFn: () => ask(marketplacesAllGet()) });
  const edit = may(session, 'Marketplaces', 'Edit');
  const add = edit && <Button variant="filled" leftSection={<IconPlus size={14} />} onClick={() => setAsked({ act: 'add' })}>{t('market.add')}</Button>;
  return (
    <>
      <PageHead title={t('market.title')} lead={t('market.lead')}>{add}</PageHead>
      <DataTable
        label={t('market.title')}
        columns={[
          { key: 'name', head: t('market.name'), phone: 'title', wide: true, cell: (m: MarketplaceSummary) => <strong>{m.Name}</strong> },
          { key: 'id', head: t('market.number'), number: true, cell: (m) => <code>{m.Id}</code> },
          { key: 'created', head: t('market.created'), number: true, cell: (m) => when(m.CreatedUtc, ownZone) },
        ]}
        rows={list.data ?? undefined}
        rowKey={(m) => String(m.Id)}
        error={list.error}
        retry={list.refetch}
        actions={(m) => (
          <>
            <LinkButton size="xs" to="/marketplaces/$id" params={{ id: String(m.Id) }} aria-label={`${t('market.open')}, ${m.Name}`}>{t('market.open')}</LinkButton>
            {edit && <Button size="xs" onClick={() => setAsked({ act: 'delete', market: m })} aria-label={`${t('act.delete')}, ${m.Name}`}>{t('act.delete')}</Button>}
          </>
        )}
        empty={<EmptyState icon={IconBuildingStore} title={t('market.none')} text={t('market.noneText')}>{add}</EmptyState>}
      />
      {asked?.act === 'add' && (
        <FormDialog
          title={t('market.add')} word={t('market.add')} close={() => setAsked(null)}
          submit={async ({ text }) => {
            const made = await ask(marketplacesCreatePost({ body: { Name: text('name') } }));
            await queries.invalidateQueries({ queryKey: ['marketplaces'] });
            navigate({ to: '/marketplaces/$id', params: { id: String(made.Id) } });
          }}
        >
          <TextInput name="name" label={t('market.name')} required maxLength={200} data-autofocus />
        </FormDialog>
      )}
      {asked?.act === 'delete' && (
        <ConfirmDialog
          title={t('market.deleteTitle', { name: asked.market.Name })} close={() => setAsked(null)}
          choices={[{ word: t('act.delete'), danger: true, main: true, act: async () => {
            await ask(marketplacesDeleteDelete({ path: { marketplace: asked.market.Id } }));
            await queries.invalidateQueries({ queryKey: ['marketplaces'] });
            toast(t('market.deleted', { name: asked.market.Name }));
          } }]}
        >
          <p>{t('market.deleteText')}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
