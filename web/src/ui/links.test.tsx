// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { page } from '../test/page';
import { TabLinks } from './links';

it('brings the tab of the page into view where the bar is wider than the window', async () => {
  const at = vi.spyOn(HTMLElement.prototype, 'offsetLeft', 'get').mockImplementation(function (this: HTMLElement) { return this.textContent === 'Nodes' ? 900 : 0; });
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(300);
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(100);
  page(<TabLinks label="Settings" tabs={[{ to: '/settings/me', text: 'Me' }, { to: '/settings/nodes', text: 'Nodes' }]} />, { pattern: '/settings/nodes', at: '/settings/nodes' });
  const bar = await screen.findByRole('navigation', { name: 'Settings' });
  expect(bar.scrollLeft).toBe(800);
  at.mockRestore();
  vi.restoreAllMocks();
});
