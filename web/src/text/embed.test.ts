import { describe, expect, it } from 'vitest';
import { reword, t } from './embed';

describe('words of a partner', () => {
  it('stand in place of ours, of one thing and of many', () => {
    expect([t('orbit.month', { count: 1 }), t('orbit.month', { count: 1284 })]).toEqual(['1 task this month', '1284 tasks this month']);
    reword({ 'orbit.month': '{{count}} orders this month', 'market.search': 'Find one of {{count}}' });
    expect([t('orbit.month', { count: 1 }), t('orbit.month', { count: 1284 }), t('market.search', { count: 1 })]).toEqual(['1 orders this month', '1284 orders this month', 'Find one of 1']);
    reword({ 'orbit.month': '{{count}} orders', 'orbit.month_one': '{{count}} order' });
    expect([t('orbit.month', { count: 1 }), t('orbit.month', { count: 3 })]).toEqual(['1 order', '3 orders']);
  });
  it('leave the others as they are', () => {
    reword(undefined);
    expect(t('orbit.title')).toBe('Your integrations');
  });
});
