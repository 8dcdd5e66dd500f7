import { ActionIcon, Button, FileInput, Menu, Switch, TagsInput, Textarea, TextInput } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { IconDots, IconFileImport, IconFolder, IconFolderPlus, IconPencil, IconPlus, IconSearch, IconTemplate, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Folder, foldersAllGet, foldersCreatePost, foldersDeleteDelete, foldersUpdatePut, type LibraryTemplate, templatesDeleteDelete, templatesImportPost, templatesLibraryGet, templatesMovePut, templatesPublishedPut, templatesUpdatePut } from '../../api';
import { ask, askList } from '../../lib/ask';
import { useListSearch } from '../../lib/paging';
import { releasesChanged } from '../../lib/releases';
import { may, useSession } from '../../lib/session';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { type Column, DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { FolderBar, FolderDialog, MoveDialog } from '../../ui/Folders';
import { FormDialog } from '../../ui/FormDialog';
import { LinkButton } from '../../ui/links';
import { PageHead } from '../../ui/Page';
import { SearchBox } from '../../ui/SearchBox';
import { useToast } from '../../ui/Toasts';

type Asked = { act: 'import' } | { act: 'folder'; folder?: Folder } | { act: 'dropFolder'; folder: Folder } | { act: 'move' | 'delete' | 'words'; template: LibraryTemplate };

// TemplateLibrary is what accounts may install, in folders.
export function TemplateLibrary() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const { search, set, at, pager } = useListSearch();
  const [asked, setAsked] = useState<Asked | null>(null);
  const folders = useQuery({ queryKey: ['folders'], queryFn: () => ask(foldersAllGet()), staleTime: 30_000 });
  const list = useQuery({
    queryKey: ['partner', 'templates', search.folder, search.q, search.category, at],
    queryFn: () => askList(templatesLibraryGet({ query: { page: at.page, pageSize: at.size, ...(search.folder ? { folderid: search.folder } : {}), ...(search.q ? { search: search.q } : {}), ...(search.category ? { tag: search.category } : {}) } })),
    placeholderData: keepPreviousData,
  });
  const edit = may(session, 'Templates', 'Edit');
  const columns: Column<LibraryTemplate>[] = [
    {
      key: 'name', head: t('templates.one'), phone: 'title', wide: true,
      cell: (x) => (
        <span className="pl-name">
          <span>
            <Link to="/templates/$id/releases" params={{ id: x.Id }}>{x.Name}</Link>
            <span className="pl-sub">{x.Description}</span>
          </span>
        </span>
      ),
    },
    { key: 'tags', head: t('templates.tags'), cell: (x) => (x.Tags ?? []).map((tag) => <button key={tag} type="button" className="pl-pill pl-off pl-tag" onClick={() => set({ category: tag, page: undefined })}>{tag}</button>) },
    {
      key: 'release', head: t('templates.release'),
      cell: (x) => (
        <span className="pl-name">
          {x.LiveRelease !== null && <span className="pl-pill pl-ok">{t('templates.liveOf', { n: x.LiveRelease })}</span>}
          {x.DraftRelease !== null && x.DraftReleaseId && (
            <Link className="pl-pill pl-design" to="/templates/$id/releases/$release/build" params={{ id: x.Id, release: x.DraftReleaseId }}>{t('templates.draftOf', { n: x.DraftRelease })}</Link>
          )}
        </span>
      ),
    },
    { key: 'offered', head: t('templates.offered'), cell: (x) => <Offered template={x} edit={edit} /> },
  ];
  const importButton = may(session, 'ExportImport', 'Edit') && (
    <Button leftSection={<IconFileImport size={14} />} onClick={() => setAsked({ act: 'import' })}>
      {t('templates.import')}
    </Button>
  );
  const newButton = edit && (
    <LinkButton variant="filled" to="/templates/new" leftSection={<IconPlus size={14} />}>
      {t('templates.new')}
    </LinkButton>
  );
  return (
    <>
      <PageHead title={t('templates.library')} lead={t('templates.libraryLead')}>
        {edit && <LinkButton to="/templates/bin" leftSection={<IconTrash size={14} />}>{t('bin.title')}</LinkButton>}
        {edit && <Button leftSection={<IconFolderPlus size={14} />} onClick={() => setAsked({ act: 'folder' })}>{t('folders.add')}</Button>}
        {importButton}
        {newButton}
      </PageHead>
      <div className="pl-filters">
        <SearchBox label={t('templates.search')} value={search.q ?? ''} change={(q) => set({ q: q || undefined, page: undefined })} width={200} />
        <FolderBar folders={folders.data ?? []} chosen={search.folder} choose={(folder) => set({ folder, page: undefined })} edit={edit} ask={setAsked} />
        {search.category && <Button size="xs" onClick={() => set({ category: undefined, page: undefined })}>{t('templates.tagChip', { tag: search.category })} ×</Button>}
      </div>
      <DataTable
        label={t('templates.title')}
        columns={columns}
        rows={list.data?.items}
        rowKey={(x) => x.Id}
        error={list.error}
        refreshing={list.isPlaceholderData}
        retry={list.refetch}
        pager={pager(list.data)}
        actions={(x) => (
          <>
            <LinkButton size="xs" to="/templates/$id/releases" params={{ id: x.Id }} aria-label={`${t('releases.title')}, ${x.Name}`}>{t('releases.title')}</LinkButton>
            {edit && (
              <Menu position="bottom-end">
                <Menu.Target>
                  <ActionIcon aria-label={`${t('act.more')}, ${x.Name}`}><IconDots size={16} /></ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item leftSection={<IconPencil size={14} />} onClick={() => setAsked({ act: 'words', template: x })}>{t('templates.words')}</Menu.Item>
                  <Menu.Item leftSection={<IconFolder size={14} />} onClick={() => setAsked({ act: 'move', template: x })}>{t('folders.move')}</Menu.Item>
                  <Menu.Item leftSection={<IconTrash size={14} />} onClick={() => setAsked({ act: 'delete', template: x })}>{t('templates.delete')}</Menu.Item>
                </Menu.Dropdown>
              </Menu>
            )}
          </>
        )}
        empty={
          search.folder || search.q || search.category ? (
            <EmptyState icon={IconSearch} title={t('templates.noMatch')} text={t('templates.noMatchText')}>
              <Button onClick={() => set({ folder: undefined, q: undefined, category: undefined })}>{t('accounts.clear')}</Button>
            </EmptyState>
          ) : (
            <EmptyState icon={IconTemplate} title={t('templates.none')} text={t('templates.noneText')}>{importButton}{newButton}</EmptyState>
          )
        }
      />
      {asked && <Asking asked={asked} folders={folders.data ?? []} close={() => setAsked(null)} />}
    </>
  );
}

// Offered says whether accounts are offered a template, and changes it at a click.
function Offered({ template, edit }: { template: LibraryTemplate; edit: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const change = useMutation({
    mutationFn: (published: boolean) => ask(templatesPublishedPut({ path: { id: template.Id }, body: { Published: published } })),
    onError: (e) => toast(e.message, true),
    onSettled: () => queries.invalidateQueries({ queryKey: ['partner', 'templates'] }),
  });
  return (
    <Switch
      size="sm"
      checked={change.isPending ? change.variables : template.Published}
      disabled={!edit || template.LiveRelease === null}
      aria-label={`${t('templates.offered')}, ${template.Name}`}
      title={template.LiveRelease === null ? t('templates.notLive') : undefined}
      onChange={(e) => change.mutate(e.currentTarget.checked)}
    />
  );
}

function Asking({ asked, folders, close }: { asked: Asked; folders: Folder[]; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const done = async () => {
    await Promise.all([queries.invalidateQueries({ queryKey: ['folders'] }), queries.invalidateQueries({ queryKey: ['partner', 'templates'] })]);
    toast(t('act.saved'));
  };
  switch (asked.act) {
    case 'import':
      return <ImportTemplate close={close} />;
    case 'folder':
    case 'dropFolder':
      return (
        <FolderDialog
          asked={asked} folders={folders} text={t('folders.deleteText')} close={close}
          put={async (Name, ParentId, folder) => {
            if (folder) await ask(foldersUpdatePut({ path: { folder: folder.Id }, body: { Name, ParentId } }));
            else await ask(foldersCreatePost({ body: { Name, ParentId } }));
            await done();
          }}
          drop={async (folder) => { await ask(foldersDeleteDelete({ path: { folder: folder.Id } })); await done(); }}
        />
      );
    case 'move':
      return <MoveDialog name={asked.template.Name} now={asked.template.FolderId} folders={folders} close={close} move={async (FolderId) => { await ask(templatesMovePut({ path: { id: asked.template.Id }, body: { FolderId } })); await done(); }} />;
    case 'words':
      return <Words template={asked.template} done={done} close={close} />;
    case 'delete':
      return (
        <ConfirmDialog title={t('templates.deleteTitle', { name: asked.template.Name })} close={close} choices={[{ word: t('templates.delete'), danger: true, main: true, act: async () => { await ask(templatesDeleteDelete({ path: { id: asked.template.Id } })); await done(); } }]}>
          <p>{t('templates.deleteText')}</p>
        </ConfirmDialog>
      );
  }
}

// Words are what a template is known by.
function Words({ template, done, close }: { template: LibraryTemplate; done: () => Promise<void>; close: () => void }) {
  const { t } = useTranslation();
  const [tags, setTags] = useState(template.Tags ?? []);
  return (
    <FormDialog
      title={t('templates.wordsOf', { name: template.Name })} word={t('act.save')} close={close}
      submit={async ({ text }) => {
        await ask(templatesUpdatePut({ path: { id: template.Id }, body: { Name: text('name'), Description: text('description'), Tags: tags } }));
        await done();
      }}
    >
      <TextInput name="name" label={t('accounts.name')} defaultValue={template.Name} required data-autofocus />
      <Textarea name="description" label={t('templates.description')} defaultValue={template.Description ?? ''} autosize minRows={2} />
      <TagsInput label={t('templates.tags')} description={t('templates.tagsHint')} value={tags} onChange={setTags} />
    </FormDialog>
  );
}

// ImportTemplate makes a template of a file, or with template a new draft release of it.
export function ImportTemplate({ template, close }: { template?: string; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [file, setFile] = useState<File | null>(null);
  const [pasted, setPasted] = useState('');
  return (
    <FormDialog
      title={t(template ? 'releases.import' : 'templates.import')}
      word={t('cycleFiles.importGo')}
      size="lg"
      close={close}
      disabled={!file && !pasted.trim()}
      submit={async () => {
        const text = file ? await file.text() : pasted;
        let body: Record<string, unknown>;
        try {
          body = JSON.parse(text) as Record<string, unknown>;
        } catch (e) {
          throw new Error(t('cycleFiles.noJSON', { why: (e as Error).message }));
        }
        const made = await ask(templatesImportPost({ body, bodySerializer: () => text, query: template ? { templateid: template } : {} }));
        await releasesChanged(queries);
        toast(t('cycleFiles.imported', { name: made.Name }));
        await navigate({ to: '/templates/$id/releases', params: { id: made.Id } });
      }}
    >
      <p>{t('templates.importText')}</p>
      <FileInput label={t('cycleFiles.file')} placeholder={t('cycleFiles.choose')} accept="application/json,.json" value={file} onChange={setFile} clearable clearButtonProps={{ 'aria-label': t('act.clearFile') }} />
      <Textarea label={t('cycleFiles.paste')} value={pasted} onChange={(e) => setPasted(e.currentTarget.value)} disabled={!!file} minRows={5} maxRows={12} autosize className="pl-code-input" />
    </FormDialog>
  );
}
