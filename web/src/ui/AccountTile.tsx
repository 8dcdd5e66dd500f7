import { hueOf, initials } from '../lib/format';

export function AccountTile({ id, name, small = false }: { id: string; name: string; small?: boolean }) {
  return (
    <span className={`pl-tile pl-hue-${hueOf(id)}${small ? ' pl-tile-small' : ''}`} aria-hidden>
      {initials(name)}
    </span>
  );
}
