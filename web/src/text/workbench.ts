import i18n from './i18n';

const custom = {
  lead: 'Connectors that you describe yourself, for all your accounts.', new: 'New connector', none: 'No custom connector yet', noneText: 'Describe an API once: how one signs in to it, and what can be called. Then all accounts can install it.', name: 'Connector', status: 'State', made: 'Made', edit: 'Edit',
  delete: 'Delete', deleteTitle: 'Delete {{name}}?', deleteText: 'It is offered no more. What is installed keeps working.', deleted: '{{name}} is offered no more', back: 'Back to custom connectors', untitled: 'New connector',
  form: 'Form', yaml: 'YAML', save: 'Save draft', release: 'Make live', releaseTitle: 'Make {{name}} live?', releaseText: 'All accounts can install it. What is installed keeps its release until it is upgraded.', saved: 'The draft is saved', released: '{{name}} is live', unsaved: 'Not saved', leave: 'What you changed is not saved. Leave all the same?',
  problems: 'Problems', noProblem: 'Nothing is wrong with it.', checking: 'Checking', line: 'Line {{n}}', whole: 'Whole', warning: 'warning', notYet: 'The form shows the definition once the YAML can be read.', comments: 'A change in the form writes the YAML anew; comments are not kept.',
  editor: 'Definition, as YAML', offers: 'What may stand here', keysHint: 'Ctrl Space lists what may stand at the caret.', general: 'General', description: 'Description', apiVersion: "Version of the vendor's API", categories: 'Categories', categoriesHint: 'Separated by commas', hosts: 'Hosts that credentials go to', hostsHint: 'One a line', url: 'Address of the API', quality: 'Quality',
  auth: 'Sign-in', authType: 'Kind', authId: 'Id', addAuth: 'Add a way to sign in', removeAuth: 'Remove', authRest: 'All else of this way stands in the YAML.', methods: 'Methods', addMethod: 'Add a method', method: 'Method', id: 'Id', verb: 'HTTP method', path: 'Path', category: 'Category',
  params: 'Parameters', addParam: 'Add a parameter', requestFields: 'Request fields', responseFields: 'Response fields', addField: 'Add a field', where: 'In', label: 'Label', type: 'Type', required: 'Required', location: 'Location', remove: 'Remove', removeMethod: 'Remove the method', newMethod: 'New method',
  test: 'Test', testLead: 'The newest draft is put into the template workshop, where its methods are called for real.', try: 'Save and try', setUp: 'Set up the connection', narrow: 'Edit this on a wider screen.', fixFirst: 'Put right what is wrong first.', wide: 'Each method can be called there once it is connected.',
};

i18n.addResourceBundle('en', 'translation', { custom }, true);
