import { type QueryClient, useQuery } from '@tanstack/react-query';
import { templatesReleaseFlowGet, templatesReleasesGet } from '../api';
import { ask } from './ask';

// useReleases are the releases of a template, the newest first.
export const useReleases = (template: string) =>
  useQuery({ queryKey: ['partner', 'releases', template], queryFn: async () => (await ask(templatesReleasesGet({ path: { id: template } }))) ?? [] });

// releasesChanged has all that is shown of a template's releases read anew.
export const releasesChanged = (queries: QueryClient) =>
  Promise.all([queries.invalidateQueries({ queryKey: ['partner', 'releases'] }), queries.invalidateQueries({ queryKey: ['partner', 'release'] }), queries.invalidateQueries({ queryKey: ['partner', 'templates'] })]);

// flowIn is how the design of a release is read.
export const flowIn = (template: string, release: string) => ({ queryKey: ['partner', 'release', release, 'flow'], queryFn: () => ask(templatesReleaseFlowGet({ path: { id: template, release } })) });
