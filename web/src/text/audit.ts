import i18n from './i18n';

// What happened, as the audit log names it. An action that has no words here is shown with its own.
const actions: Record<string, string> = {
  'account.created': 'created the account', 'account.deleted': 'deleted the account', 'account.quota_set': 'set limits', 'account.resumed': 'resumed the account', 'account.suspended': 'suspended the account', 'account.updated': 'changed account settings',
  'account_connector.authenticated': 'signed a connector in', 'account_connector.deauthenticated': 'de-authenticated a connector', 'account_connector.deleted': 'deleted a connector', 'account_connector.fields_changed': 'changed custom fields',
  'account_connector.installed': 'installed a connector', 'account_connector.property_changed': 'changed a connector property', 'account_connector.revoked': 'revoked a credential at the vendor', 'account_connector.updated': 'changed a connector', 'account_connector.upgraded': 'upgraded a connector',
  'branding.updated': 'changed the branding', 'client.created': 'made client credentials', 'client.deleted': 'deleted client credentials',
  'connector.app_removed': 'removed an app credential', 'connector.app_set': 'set an app credential', 'connector.property_set': 'set a library property', 'connector.webhook_made': 'made a shared webhook address',
  'custom_connector.deleted': 'deleted a custom connector', 'custom_connector.stored': 'stored a custom connector',
  'cycle.activated': 'activated a cycle', 'cycle.arranged': 'arranged steps', 'cycle.configured': 'configured a cycle', 'cycle.created': 'created a cycle', 'cycle.deactivated': 'stopped a cycle', 'cycle.deleted': 'deleted a cycle',
  'cycle.edge_added': 'connected steps', 'cycle.edge_deleted': 'disconnected steps', 'cycle.field_mapped': 'mapped a field', 'cycle.parameter_mapped': 'mapped a parameter', 'cycle.incidents_cleared': 'cleared incidents', 'cycle.last_run_set': 'set the last run date',
  'cycle.moved': 'moved a cycle to a folder', 'cycle.not_registered': 'could not register a webhook', 'cycle.registered': 'registered a webhook', 'cycle.purged': 'removed a cycle for good', 'cycle.queued_dropped': 'dropped queued transactions', 'cycle.restored': 'restored a cycle',
  'cycle.step_added': 'added a step', 'cycle.step_changed': 'changed a step', 'cycle.step_deleted': 'deleted a step', 'cycle.stopped': 'cycle was stopped', 'cycle.transactions_deleted': 'deleted transactions', 'cycle.transactions_resubmitted': 'resubmitted transactions',
  'cycle.updated': 'changed cycle settings', 'cycle.upgraded': 'upgraded a cycle', 'cycle.variable_added': 'added a variable', 'cycle.variable_changed': 'changed a variable', 'cycle.variable_deleted': 'deleted a variable', 'cycle.variables_changed': 'changed variables',
  'cycle_folder.changed': 'changed a cycle folder', 'cycle_folder.created': 'made a cycle folder', 'cycle_folder.deleted': 'deleted a cycle folder', 'folder.changed': 'changed a template folder', 'folder.created': 'made a template folder', 'folder.deleted': 'deleted a template folder',
  'credentials.locked': 'locked all credentials', 'credentials.unlocked': 'unlocked credentials', 'error_webhook.secret_made': 'made a signing secret for errors', 'errorwebhook.replayed': 'sent an error webhook again', 'first_run.link_created': 'made a first-run link', 'installation.restored': 'restored a backup', 'installation_key.rotated': 'rotated the installation key',
  'marketplace.created': 'created a marketplace', 'marketplace.deleted': 'deleted a marketplace', 'marketplace.secret_made': 'made a marketplace secret', 'marketplace.updated': 'changed a marketplace', 'partner.created': 'created the partner',
  'settings.addresses_changed': 'changed IP restrictions', 'settings.updated': 'changed general settings', 'setup_token.created': 'made a set-up token', 'setup_token.deleted': 'ended a set-up token', 'setup_token.used': 'set-up token was used',
  'template.created': 'created a template', 'template.deleted': 'deleted a template', 'template.moved': 'moved a template', 'template.published': 'published a template', 'template.purged': 'removed a template for good', 'template.release_created': 'made a release',
  'template.changed': 'changed the words of a template', 'template.release_changed': 'changed how a release gets its connectors', 'template.release_deleted': 'deleted a release', 'template.release_noted': 'noted what is in a release', 'template.release_promoted': 'promoted a release', 'template.restored': 'restored a template', 'template.unpublished': 'unpublished a template', 'token.issued': 'got an access token', 'token.revoked': 'revoked an access token', 'tokens.revoked': 'revoked access tokens',
  'transaction.deleted': 'deleted a transaction', 'transaction.outcome_done': 'marked an unknown outcome as done', 'transaction.outcome_failed': 'marked an unknown outcome as failed', 'transaction.outcome_repeated': 'repeated a call of unknown outcome',
  'transaction.replayed': 'replayed a transaction', 'transaction.resubmitted': 'resubmitted a transaction', 'user.created': 'created a user', 'user.deleted': 'deleted a user', 'user.granted': 'gave a user access', 'user.password_set': 'set a password',
  'user.second_factor_removed': 'took an authenticator app off', 'user.second_factor_set': 'set up an authenticator app', 'user.sign_in_token': 'made a sign-in token', 'user.signed_in': 'signed in', 'user.invited': 'invited a user', 'user.updated': 'changed a user', 'user.withdrawn': "took a user's access away",
};

i18n.addResourceBundle('en', 'translation', { auditAction: Object.fromEntries(Object.entries(actions).map(([k, v]) => [k.replace('.', '_'), v])) }, true);

// actionWords is an action of the audit log in words.
export function actionWords(action: string, t: (key: string, values: { defaultValue: string }) => string): string {
  return t(`auditAction.${action.replace('.', '_')}`, { defaultValue: action.replaceAll(/[._]/g, ' ') });
}
