import i18n from './i18n';

const report = {
  tabs: { tasks: 'Tasks', history: 'Task history', accounts: 'Accounts', cycles: 'Cycles', connectors: 'Connectors', templates: 'Templates', webhooks: 'Webhooks', transactions: 'Transactions' },
  lead: {
    history: 'Tasks of the partner as a whole, month by month, in UTC.', accounts: 'What each account has. Sub accounts stand for themselves.', cycles: 'The cycles of all accounts.', connectors: 'How much each connector is used, and by whom.',
    templates: 'The live release of each template, and every older one that cycles still follow.', webhooks: 'Paste the address of a webhook to find whose it is.', transactions: 'What failed or was halted, over all accounts. Or find one by its id.',
  },
  month: 'Month', share: 'Incidents, %', active: 'Cycles running', cycles: 'Cycles', connectors: 'Connectors', custom: 'Custom connectors', installations: 'Installed', signedIn: 'Signed in', accounts: 'Accounts', release: 'Release', newest: 'Newest release',
  lastSuccess: 'Last success', order: 'Order', byName: 'By name', byActive: 'Most running cycles', any: 'Any state', running: 'Running', halted: 'Stopped by an error', subAccount: 'sub account', none: 'Nothing to report', noneText: 'There is nothing in this report yet.', noMatch: 'Nothing matches',
  noMatchText: 'No row fits what you look for.', exporting: 'Collecting rows', chart: { accounts: 'Tasks this period by account', cycles: 'Tasks by cycle', connectors: 'Accounts by connector', templates: 'Cycles by release', history: 'Tasks by month' },
  backTo: 'All connectors', heldBy: 'Accounts with {{name}}', address: 'Address or identifier', id: 'Transaction id', began: 'Began', ended: 'Ended', gone: 'deleted cycle', step: 'Step', open: 'Open', find: 'Nobody has this address', findText: 'It was mistyped, or its step was deleted.', cut: 'The first {{n}} rows are in the file.',
};

i18n.addResourceBundle('en', 'translation', { report }, true);
