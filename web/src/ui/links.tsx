import { Button, type ButtonProps, Menu, type MenuItemProps } from '@mantine/core';
import { createLink, Link, useRouterState } from '@tanstack/react-router';
import { type ComponentPropsWithoutRef, forwardRef, useEffect, useRef } from 'react';

type AnchorProps = Omit<ComponentPropsWithoutRef<'a'>, keyof ButtonProps>;

// LinkButton looks like a button and goes to a page: it opens in a new tab as links do.
export const LinkButton = createLink(
  forwardRef<HTMLAnchorElement, ButtonProps & AnchorProps>(function LinkButton(props, ref) {
    return <Button component="a" ref={ref} {...props} />;
  }),
);

export const LinkItem = createLink(
  forwardRef<HTMLAnchorElement, MenuItemProps & Omit<AnchorProps, keyof MenuItemProps>>(function LinkItem(props, ref) {
    return <Menu.Item component="a" ref={ref} {...props} />;
  }),
);

// TabLinks are the parts of a page that have addresses of their own.
export function TabLinks({ label, tabs }: { label: string; tabs: { to: string; text: string }[] }) {
  const path = useRouterState({ select: (s) => s.location.pathname });
  const bar = useRef<HTMLElement>(null);
  // On a phone the bar is wider than the window: where one is has to be seen.
  useEffect(() => {
    const here = bar.current?.querySelector<HTMLElement>('[aria-current]');
    if (bar.current && here) bar.current.scrollLeft = here.offsetLeft - bar.current.offsetLeft - (bar.current.clientWidth - here.offsetWidth) / 2;
  }, [path]);
  return (
    <nav className="pl-tabs" aria-label={label} ref={bar}>
      {tabs.map((x) => (
        <Link key={x.to} to={x.to} activeOptions={{ exact: true }} aria-current={path === x.to ? 'page' : undefined}>
          {x.text}
        </Link>
      ))}
    </nav>
  );
}
