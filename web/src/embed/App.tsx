import { useEffect, useState } from 'react';
import { t } from '../text/embed';
import { readAddress } from './address';
import { tell, type Visitor } from './ask';
import { Launch } from './Launch';
import { Marketplace } from './Marketplace';
import { Orbit } from './Orbit';

// App shows the page that the address names, and tells the page around it how tall it is.
export function App() {
  const [address] = useState(() => readAddress(location.pathname, location.search));
  const [visitor, meet] = useState<Visitor>();
  useEffect(() => {
    if (!visitor?.Target) return;
    const watch = new ResizeObserver(() => tell(visitor, { type: 'resize', height: Math.ceil(document.documentElement.getBoundingClientRect().height) }));
    watch.observe(document.documentElement);
    tell(visitor, { type: 'ready' });
    return () => watch.disconnect();
  }, [visitor]);
  switch (address.page) {
    case 'launch':
      return <Launch address={address} meet={meet} />;
    case 'marketplace':
      return <Marketplace address={address} meet={meet} />;
    case 'orbit':
      return <Orbit address={address} meet={meet} />;
  }
  return (
    <main className="page">
      <h1>{t('orbit.title')}</h1>
      <ul>
        <li><a href="/launch">{t('launch.title')}</a></li>
        <li><a href="/orbit">{t('orbit.title')}</a></li>
      </ul>
    </main>
  );
}
