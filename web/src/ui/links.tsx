import { Button, type ButtonProps, Menu, type MenuItemProps } from '@mantine/core';
import { createLink, Link, useRouterState } from '@tanstack/react-router';
import { type ComponentPropsWithoutRef, forwardRef } from 'react';

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
  return (
    <nav className="pl-tabs" aria-label={label}>
      {tabs.map((x) => (
        <Link key={x.to} to={x.to} activeOptions={{ exact: true }} aria-current={path === x.to ? 'page' : undefined}>
          {x.text}
        </Link>
      ))}
    </nav>
  );
}
