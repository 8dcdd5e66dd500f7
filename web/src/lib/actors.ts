import { useQuery } from '@tanstack/react-query';
import { clientsAllGet } from '../api';
import { askList } from './ask';
import { may, useSession } from './session';

// useActorName tells who acted: programs by what is said of their credentials, for those who may see these.
export function useActorName(): (actor: string) => string {
  const { data: session } = useSession();
  const list = useQuery({ queryKey: ['clients', 'any'], queryFn: () => askList(clientsAllGet()), enabled: may(session, 'OAuthCredentials') && !session?.Account, staleTime: 60_000 });
  return (actor) => list.data?.items.find((c) => c.ClientId === actor)?.Description || actor;
}
