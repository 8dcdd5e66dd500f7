import '../text/builder';
import { ActionIcon, Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { IconAdjustments, IconArrowLeft, IconCopy, IconPlayerPlay, IconPlugConnected, IconVariable } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type TemplateRelease, templatesCopyReleasePost, templatesDesignReleasePost, templatesPromoteReleasePost } from '../api';
import { ask } from '../lib/ask';
import { flowIn, releasesChanged, useReleases } from '../lib/releases';
import { may, useSession } from '../lib/session';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { ErrorPanel } from '../ui/ErrorPanel';
import { LinkButton } from '../ui/links';
import { Mark } from '../ui/Mark';
import { StatusPill } from '../ui/StatusPill';
import { releaseStatus } from '../ui/status';
import { useToast } from '../ui/Toasts';
import { wordsOf } from '../ui/words';
import { Builder, type BarProps } from './Builder';
import { ReleaseView } from './ReleaseView';
import { SavedText } from './SavedText';

// TemplateBuilder is the builder of a template's release: a draft is designed in the workshop, others are only looked at.
export function TemplateBuilder() {
  const { t } = useTranslation();
  const { id, release } = useParams({ strict: false }) as { id: string; release: string };
  const { data: session } = useSession();
  const edit = may(session, 'Templates', 'Edit');
  const releases = useReleases(id);
  const here = releases.data?.find((r) => r.Id === release);
  const draft = here?.Status === 'Draft' && edit;
  // Where a draft is designed is asked for each time that it is opened: that cycle may be another one by then.
  const design = useQuery({ queryKey: ['partner', 'design', release], enabled: draft, staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false, queryFn: () => ask(templatesDesignReleasePost({ path: { id, release } })) });
  const shown = useQuery({ ...flowIn(id, release), enabled: session != null && here !== undefined && !draft });
  const asked = [releases, draft ? design : shown];
  const failed = asked.find((q) => q.error && !q.data);
  if (failed?.error) return <ErrorPanel what={t('templates.one')} error={failed.error} retry={() => asked.forEach((q) => void q.refetch())} />;
  if (releases.data && !here && !releases.isFetching) return <ErrorPanel what={t('templates.one')} error={new Error(t('error.notFoundWhy'))} retry={() => void releases.refetch()} />;
  if (here && draft && design.data) {
    const { AccountId, CycleId } = design.data;
    return <Builder key={CycleId} account={AccountId} cycle={CycleId} template may bar={(props) => <DraftBar template={id} release={here} account={AccountId} {...props} />} />;
  }
  if (here && !draft && shown.data) return <ReleaseView key={release} release={shown.data} bar={<ReleaseBar template={id} release={here} name={shown.data.Name} edit={edit} />} />;
  return (
    <div className="pl-builder" aria-busy="true">
      <header className="pl-builder-bar">
        <BackToReleases template={id} />
        <Mark />
      </header>
      <p className="pl-dim pl-pad pl-late" role="status">{t('builder.opening')}</p>
    </div>
  );
}

function BackToReleases({ template }: { template: string }) {
  const { t } = useTranslation();
  return (
    <ActionIcon component={Link} to={`/templates/${encodeURIComponent(template)}/releases`} aria-label={t('builder.backToReleases')}>
      <IconArrowLeft size={18} />
    </ActionIcon>
  );
}

function Name({ name, template, release }: { name: string | undefined; template: string; release: TemplateRelease }) {
  const { t } = useTranslation();
  return (
    <>
      <BackToReleases template={template} />
      <Mark />
      <div className="pl-builder-name">
        <strong title={name}>{name}</strong>
        <span>{t('releases.one', { n: release.Number })}</span>
      </div>
      <StatusPill status={releaseStatus(release)} />
      <span className="pl-bar-space" />
    </>
  );
}

function DraftBar({ template, release, account, cycle, editor, edit, runOnce, showVariables, showSettings, narrow, ready }: BarProps & { template: string; release: TemplateRelease; account: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const { data: session } = useSession();
  const [asking, setAsking] = useState(false);
  const promote = async (Published: boolean) => {
    await editor.box.settled(); // what is promoted is what the server has
    if (editor.box.unsafe) throw new Error(t('builder.promoteUnsaved'));
    await ask(templatesPromoteReleasePost({ path: { id: template, release: release.Id }, body: { Published } }));
    toast(t('builder.promoted', { name: cycle?.Name }));
    await navigate({ to: '/templates/$id/releases', params: { id: template } });
    await releasesChanged(queries); // the draft is none any more, and must not be asked for again
  };
  return (
    <header className="pl-builder-bar">
      <Name name={cycle?.Name} template={template} release={release} />
      {!narrow && (
        <>
          <SavedText saving={editor.saving} />
          <Button variant="subtle" color="gray" leftSection={<IconVariable size={15} />} onClick={showVariables}>
            {t('builder.variables')}
          </Button>
          <Button variant="subtle" color="gray" leftSection={<IconAdjustments size={15} />} onClick={showSettings}>
            {t('builder.settings')}
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
          {!ready && <p className="pl-field-error">{t('builder.promoteIncomplete')}</p>}
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
  const copy = useMutation({
    mutationFn: () => ask(templatesCopyReleasePost({ path: { id: template }, body: { ReleaseId: release.Id } })),
    onError: (e) => toast(wordsOf(e, t), true),
    onSuccess: async (made) => {
      await releasesChanged(queries);
      await navigate({ to: '/templates/$id/releases/$release/build', params: { id: template, release: made.Id } });
    },
  });
  const status = t(`builder.releaseStatus.${release.Status}`).toLowerCase();
  return (
    <>
      <header className="pl-builder-bar">
        <Name name={name} template={template} release={release} />
        {edit && (
          <Button variant="filled" leftSection={<IconCopy size={14} />} loading={copy.isPending} onClick={() => copy.mutate()}>
            {t('builder.copyToDraft')}
          </Button>
        )}
      </header>
      <p className="pl-builder-note">{edit ? t('builder.readOnlyRelease', { status }) : t('builder.readOnlyRight')}</p>
    </>
  );
}
