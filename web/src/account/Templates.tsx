import { Button, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { IconTemplate } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Template, templatesInstallPost } from '../api';
import { ask } from '../lib/ask';
import { useTemplates } from '../lib/queries';
import { may, useSession } from '../lib/session';
import { AccountTile } from '../ui/AccountTile';
import { EmptyState } from '../ui/EmptyState';
import { ErrorPanel } from '../ui/ErrorPanel';
import { FormDialog } from '../ui/FormDialog';
import { PageHead } from '../ui/Page';
import { useToast } from '../ui/Toasts';

// Templates is what the partner has published and an account can use.
export function Templates() {
  const { t } = useTranslation();
  const { account } = useParams({ strict: false }) as { account?: string };
  const { data: session } = useSession();
  const list = useTemplates(account, { page: 1, size: 100 });
  const [used, setUsed] = useState<Template | null>(null);
  const edit = !!account && may(session, 'OpenAccount', 'Edit');
  return (
    <>
      <PageHead title={t(account ? 'templates.title' : 'templates.library')} lead={t(account ? 'templates.lead' : 'templates.libraryLead')} />
      {list.error && !list.data && <ErrorPanel what={t('templates.title')} error={list.error} retry={list.refetch} />}
      {list.data?.items.length === 0 && <EmptyState icon={IconTemplate} title={t('templates.none')} text={t('templates.noneText')} />}
      <div className="pl-gallery">
        {list.data?.items.map((x) => (
          <article key={x.Id} className="pl-card pl-template">
            <h2>{x.Name}</h2>
            <p>{x.Description}</p>
            <span className="pl-tiles" role="img" aria-label={`${t('templates.connectors')}: ${(x.Connectors ?? []).map((c) => c.Name).join(', ')}`}>
              {(x.Connectors ?? []).map((c) => (
                <span key={c.Name} title={c.Name}>
                  <AccountTile id={c.Name} name={c.Name} small />
                </span>
              ))}
            </span>
            {edit && (
              <Button onClick={() => setUsed(x)} aria-label={`${t('templates.use')}, ${x.Name}`}>
                {t('templates.use')}
              </Button>
            )}
          </article>
        ))}
      </div>
      {used && account && <UseTemplate account={account} template={used} close={() => setUsed(null)} />}
    </>
  );
}

function UseTemplate({ account, template, close }: { account: string; template: Template; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  return (
    <FormDialog
      title={t('templates.useTitle', { name: template.Name })}
      word={t('templates.install')}
      close={close}
      submit={async ({ text }) => {
        const name = text('name');
        const cycle = await ask(templatesInstallPost({ headers: { 'X-Cyclr-Account': account }, path: { id: template.Id }, body: name ? { Name: name } : {} }));
        await queries.invalidateQueries({ queryKey: [account] });
        toast(t('templates.installed', { name: cycle.Name }));
        await navigate({ to: '/a/$account/cycles/$cycle/build', params: { account, cycle: cycle.Id } });
      }}
    >
      <TextInput name="name" label={t('templates.name')} placeholder={template.Name} data-autofocus />
    </FormDialog>
  );
}
