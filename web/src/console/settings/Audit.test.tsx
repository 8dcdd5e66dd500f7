// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { boss, listed, page, serve } from '../../test/page';
import { AuditLog } from './Audit';

const entry = { CreatedOnUtc: '2026-03-01T22:30:00Z', AccountId: null, Action: 'user.signed_in', Subject: 'user', SubjectId: 'x', Comment: '' };

it('names programs by what is said of their credentials, and others as they are', async () => {
  serve({ 'GET /v1.0/audit': () => listed([{ ...entry, Actor: 'c1' }, { ...entry, Actor: 'jo', SubjectId: 'y' }]), 'GET /v1.0/clients': () => listed([{ ClientId: 'c1', Description: 'Back end', Id: '1' }]), other: () => listed([]) });
  page(<AuditLog />, { session: boss });
  expect((await screen.findByText('Back end')).getAttribute('title')).toBe('c1');
  expect(screen.getByText('jo')).toBeTruthy();
});
