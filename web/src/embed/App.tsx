import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { t } from '../text/embed';
import { pageLink, readAddress } from './address';
import { tell, type Visitor } from './ask';
import { Branded } from './Branded';
import { brand } from './brand';
import { Launch } from './Launch';
import { Marketplace } from './Marketplace';
import { Orbit } from './Orbit';

const Preview = lazy(() => import('./Preview').then((m) => ({ default: m.Preview })));

// App shows the page that the address names, and tells the page around it how tall it is.
export function App() {
  const [address] = useState(() => readAddress(location.pathname, location.search));
  const [visitor, meet] = useState<Visitor>();
  useEffect(() => {
    if (!visitor?.Target) return;
    const watch = new ResizeObserver(() => tell(visitor, { type: 'resize', height: Math.ceil(document.documentElement.getBoundingClientRect().height) }));
    watch.observe(document.documentElement);
    // A modal around us is left as one that has the focus itself; what is open within the page comes first.
    const leave = (e: KeyboardEvent) => {
      if (e.key === 'Escape' && !e.defaultPrevented && !document.querySelector('dialog[open]')) tell(visitor, { type: 'escape' });
    };
    window.addEventListener('keydown', leave);
    tell(visitor, { type: 'ready' });
    return () => {
      watch.disconnect();
      window.removeEventListener('keydown', leave);
    };
  }, [visitor]);
  if (address.page === 'preview') return <Suspense><Preview /></Suspense>;
  return <Branded of={brand}>{pageOf()}</Branded>;

  function pageOf(): ReactNode {
    switch (address.page) {
      case 'launch':
        return <Launch address={address} meet={meet} />;
      case 'marketplace':
        return <Marketplace address={address} meet={meet} />;
      case 'orbit':
        return <Orbit address={address} meet={meet} />;
    }
    return <Home />;
  }
}

function Home() {
  return (
    <main className="page">
      <h1>{t('orbit.title')}</h1>
      <ul>
        <li><a href={pageLink('/launch')}>{t('launch.title')}</a></li>
        <li><a href={pageLink('/orbit')}>{t('orbit.title')}</a></li>
      </ul>
    </main>
  );
}
