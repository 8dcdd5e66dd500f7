import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { Link, useRouterState } from '@tanstack/react-router';
import { IconArrowsExchange, IconEye, IconLogout, IconMoonStars, IconUserCircle, type Icon } from '@tabler/icons-react';
import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { hueOf } from '../lib/format';
import { type Session, useChangeAccount, useSignOut } from '../lib/session';
import { AccountTile } from './AccountTile';
import { Product } from './Mark';
import { useToast } from './Toasts';
import { wordsOf } from './words';

// places bounds the accounts of the menu.
const places = 30;

export type NavItem = { to: string; text: string; icon: Icon; group?: string; end?: boolean };

// onPhone is how many places the bar of a phone has; the others are in the menu of the person.
const onPhone = 5;

// Frame is what surrounds every page: navigation, where one is, and who one is.
export function Frame(props: { session: Session; nav: NavItem[]; account?: { id: string; name: string }; crumbs: { text: string; to?: string }[]; children: ReactNode }) {
  const { t } = useTranslation();
  const { account, session } = props;
  return (
    <div className="pl-frame">
      <a className="pl-hidden" href="#content">
        {t('nav.skip')}
      </a>
      {account && <div className={`pl-strip pl-hue pl-hue-${hueOf(account.id)}`} />}
      <nav className="pl-side" aria-label={t('nav.label')}>
        {account ? (
          <div className="pl-who">
            <AccountTile id={account.id} name={account.name} />
            <div>
              <strong title={account.name}>{account.name}</strong>
              <code>{account.id}</code>
            </div>
          </div>
        ) : (
          <div className="pl-mark">
            <Product /> <span className="pl-dim pl-small">{session.Partner}</span>
          </div>
        )}
        {props.nav.map((item, i) => (
          <Fragment key={item.to}>
            {item.group && item.group !== props.nav[i - 1]?.group && <div className="pl-group">{item.group}</div>}
            <NavLink item={item} api={session.ApiUrl} />
          </Fragment>
        ))}
      </nav>
      <div className="pl-main">
        <header className="pl-bar">
          <ol className="pl-crumbs" aria-label={t('nav.crumbs')}>
            {props.crumbs.map((c, i) => (
              <li key={c.text + i}>
                {i > 0 && <span aria-hidden>›</span>}
                {c.to ? <Link to={c.to} activeOptions={{ exact: true }}>{c.text}</Link> : <span aria-current="page">{c.text}</span>}
              </li>
            ))}
          </ol>
          {account && !session.Account && (
            <span className="pl-support" title={t('nav.support')}>
              <IconEye size={14} aria-label={t('nav.support')} /> <span>{t('nav.support')}</span>
            </span>
          )}
          <Who session={session} rest={props.nav.filter((n, i) => n.end || i >= onPhone)} />
        </header>
        <main className="pl-page" id="content" tabIndex={-1}>
          {props.children}
        </main>
      </div>
      <nav className="pl-phone-bar" aria-label={t('nav.label')}>
        {props.nav.filter((n) => !n.end).slice(0, onPhone).map((item) => <NavLink key={item.to} item={item} api={session.ApiUrl} phone />)}
      </nav>
    </div>
  );
}

function NavLink({ item, api, phone = false }: { item: NavItem; api: string; phone?: boolean }) {
  const path = useRouterState({ select: (s) => s.location.pathname });
  const here = path === item.to || (item.to !== '/' && path.startsWith(`${item.to}/`));
  const Picture = item.icon;
  const marks = here ? ({ 'aria-current': 'page' } as const) : {};
  const inner = (
    <>
      <Picture size={phone ? 20 : 16} aria-hidden /> {item.text}
    </>
  );
  const className = phone ? undefined : `pl-nav${item.end ? ' pl-side-end' : ''}`;
  // Pages that the server itself makes are not the application's, and stand at the address of the API.
  if (item.to.startsWith('/docs')) return <a href={api + item.to} className={className}>{inner}</a>;
  return (
    <Link to={item.to} className={className} {...marks}>
      {inner}
    </Link>
  );
}

function Who({ session, rest }: { session: Session; rest: NavItem[] }) {
  const { t } = useTranslation();
  const signOut = useSignOut();
  const change = useChangeAccount();
  const toast = useToast();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const dark = colorScheme === 'dark' || (colorScheme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon aria-label={t('nav.signedInAs', { name: session.UserName })}>
          <IconUserCircle size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('nav.signedInAs', { name: session.UserName })}</Menu.Label>
        {rest.map((n) => (
          <Menu.Item key={n.to} component="a" href={n.to.startsWith('/docs') ? session.ApiUrl + n.to : n.to} className="pl-phone-only" leftSection={<n.icon size={14} />}>
            {n.text}
          </Menu.Item>
        ))}
        {session.Account && !!session.Accounts?.length && (
          <>
            <Menu.Label>{t('nav.changeAccount')}</Menu.Label>
            {session.Accounts.filter((a) => a.Id !== session.Account?.Id).slice(0, places).map((a) => (
              <Menu.Item key={a.Id} leftSection={<IconArrowsExchange size={14} />} onClick={() => void change(a.Id).catch((e: Error) => toast(wordsOf(e, t), true))}>
                {a.Name}
              </Menu.Item>
            ))}
            <Menu.Divider />
          </>
        )}
        <Menu.Item leftSection={<IconMoonStars size={14} />} onClick={() => setColorScheme(dark ? 'light' : 'dark')}>
          {t('nav.colours')}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={14} />} onClick={() => void signOut()}>
          {t('act.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
