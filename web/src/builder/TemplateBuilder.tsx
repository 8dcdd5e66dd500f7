import { ActionIcon, Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { IconArrowLeft, IconCopy, IconPencil, IconPlayerPlay, IconPlugConnected, IconVariable } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type TemplateRelease, templatesCopyReleasePost, templatesDesignReleasePost, templatesExportReleaseGet, templatesPromoteReleasePost, templatesReleasesGet } from '../api';
import { ask } from '../lib/ask';
import { may, useSession } from '../lib/session';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { ErrorPanel } from '../ui/ErrorPanel';
import { LinkButton } from '../ui/links';
import { Mark } from '../ui/Mark';
import { useToast } from '../ui/Toasts';
import { wordsOf } from '../ui/words';
import { Builder, type BarProps } from './Builder';
import { flowOf, type ReleaseDocument } from './releaseFlow';
import { ReleaseView } from './ReleaseView';
import { SavedText } from './SavedText';

// TemplateBuilder is the builder of a template's release: a draft is designed in the workshop, others are only looked at.
export function TemplateBuilder() {
  const { t } = useTranslation();
  const { id, release } = useParams({ strict: false }) as { id: string; release: string };
  const { data: session } = useSession();
  const edit = may(session, 'Templates', 'Edit');
  const releases = useQuery({ queryKey: ['partner', 'releases', id], queryFn: () => ask(templatesReleasesGet({ path: { id } })) });
  const here = releases.data?.find((r) => r.Id === release);
  const draft = here?.Status === 'Draft' && edit;
  const design = useQuery({ queryKey: ['partner', 'design', release], enabled: draft, staleTime: Infinity, queryFn: () => ask(templatesDesignReleasePost({ path: { id, release } })) });
  const file = useQuery({
    queryKey: ['partner', 'release', release], enabled: here !== undefined && !draft,
    queryFn: async () => (await ask(templatesExportReleaseGet({ path: { id, release } }))) as unknown as ReleaseDocument,
  });
  const failed = releases.error ?? design.error ?? file.error;
  if (failed) return <ErrorPanel what={t('templates.title')} error={failed} retry={() => void releases.refetch()} />;
  if (releases.data && !here) return <ErrorPanel what={t('templates.title')} error={new Error(t('error.notFoundWhy'))} />;
  if (here && draft && design.data) {
    return <Builder key={release} account={design.data.AccountId} cycle={design.data.CycleId} may bar={(props) => <DraftBar template={id} release={here} account={design.data.AccountId} {...props} />} />;
  }
  if (here && file.data) return <ReleaseView name={file.data.Name} flow={flowOf(file.data)} bar={<ReleaseBar template={id} release={here} name={file.data.Name} edit={edit} />} />;
  return null;
}

function Name({ name, release }: { name: string | undefined; release: TemplateRelease }) {
  const { t } = useTranslation();
  return (
    <>
      <ActionIcon component={Link} to="/templates" aria-label={t('builder.backToTemplates')}>
        <IconArrowLeft size={18} />
      </ActionIcon>
      <Mark />
      <div className="pl-builder-name">
        <strong title={name}>{name}</strong>
        <span>{t('nav.templates')}</span>
      </div>
      <span className={`pl-pill ${release.Status === 'Draft' ? 'pl-design' : release.Status === 'Live' ? 'pl-ok' : 'pl-off'}`}>
        {release.Status === 'Draft' && <IconPencil size={13} aria-hidden />} {t('builder.release', { n: release.Number, status: t(`builder.releaseStatus.${release.Status}`) })}
      </span>
      <span className="pl-bar-space" />
    </>
  );
}

function DraftBar({ template, release, account, cycle, editor, edit, runOnce, showVariables, narrow, ready }: BarProps & { template: string; release: TemplateRelease; account: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const { data: session } = useSession();
  const [asking, setAsking] = useState(false);
  const promote = async (Published: boolean) => {
    await ask(templatesPromoteReleasePost({ path: { id: template, release: release.Id }, body: { Published } }));
    toast(t('builder.promoted', { name: cycle?.Name }));
    await navigate({ to: '/templates' });
    await queries.invalidateQueries({ queryKey: ['partner'] }); // the draft is none any more, and must not be asked for again
  };
  return (
    <header className="pl-builder-bar">
      <Name name={cycle?.Name} release={release} />
      {!narrow && <SavedText saving={editor.saving} />}
      {!narrow && (
        <>
          <Button variant="subtle" color="gray" leftSection={<IconVariable size={15} />} onClick={showVariables}>
            {t('builder.variables')}
          </Button>
          <LinkButton to="/a/$account/connectors" params={{ account }} leftSection={<IconPlugConnected size={14} />}>
            {t('builder.templateConnectors')}
          </LinkButton>
          {edit && (
            <Button leftSection={<IconPlayerPlay size={14} />} onClick={runOnce} disabled={!ready}>
              {t('cycles.runOnce')}
            </Button>
          )}
        </>
      )}
      {may(session, 'TemplateReleases', 'Edit') && (
        <Button variant="filled" onClick={() => setAsking(true)}>
          {t('builder.promote')}
        </Button>
      )}
      {asking && (
        <ConfirmDialog
          title={t('builder.promoteTitle', { name: cycle?.Name })} close={() => setAsking(false)}
          choices={[{ word: t('builder.promoteOnly'), act: () => promote(false) }, { word: t('builder.promotePublish'), main: true, act: () => promote(true) }]}
        >
          <p>{t('builder.promoteText')}</p>
        </ConfirmDialog>
      )}
    </header>
  );
}

function ReleaseBar({ template, release, name, edit }: { template: string; release: TemplateRelease; name: string; edit: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const copy = async () => {
    try {
      const made = await ask(templatesCopyReleasePost({ path: { id: template }, body: { ReleaseId: release.Id } }));
      await queries.invalidateQueries({ queryKey: ['partner', 'releases', template] });
      await navigate({ to: '/templates/$id/releases/$release/build', params: { id: template, release: made.Id } });
    } catch (e) {
      toast(wordsOf(e as Error, t), true);
    }
  };
  return (
    <>
      <header className="pl-builder-bar">
        <Name name={name} release={release} />
        {edit && (
          <Button variant="filled" leftSection={<IconCopy size={14} />} onClick={copy}>
            {t('builder.copyToDraft')}
          </Button>
        )}
      </header>
      {edit && <p className="pl-builder-note">{t('builder.readOnlyRelease', { status: t(`builder.releaseStatus.${release.Status}`).toLowerCase() })}</p>}
    </>
  );
}
