import { useQuery } from '@tanstack/react-query';
import { connectorsAllGet, type AccountConnector, type Connector } from '../api';
import { askList } from './ask';

// useLibrary lists every connector that can be installed, in its live release.
export const useLibrary = (account?: string) =>
  useQuery({
    queryKey: [account ?? 'partner', 'library'],
    queryFn: () => askList(connectorsAllGet({ headers: account ? { 'X-Cyclr-Account': account } : undefined, query: { pageSize: 5000 } })),
    staleTime: 60_000,
  });

// newerRelease is the release that the library has of an account's connector, when it is another than the installed one.
export function newerRelease(connector: Pick<AccountConnector, 'Connector'>, library: Connector[] | undefined): string | null {
  const now = library?.find((c) => c.Id === connector.Connector.Id);
  return now && now.Release !== connector.Connector.Release ? now.Release : null;
}

// found says whether a connector has a text in its name, description or categories.
export function found(c: Connector, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return !wanted || [c.Name, c.Description ?? '', ...(c.Categories ?? [])].some((s) => s.toLowerCase().includes(wanted));
}
