import i18n from './i18n';

// The texts of the pages about embedding. They come with the pages, which are loaded when they are opened.
const branding = {
  lead: 'How LAUNCH, ORBIT, marketplaces and set-up pages look to your customers. Nothing on them names us.', preview: 'Preview', name: 'Name', nameHint: 'In the titles of pages; empty takes {{partner}}.', logo: 'Logo', icon: 'Icon',
  picture: 'PNG, JPEG, GIF or WebP of at most {{size}} KiB', pick: 'Choose a picture', drop: 'Take away', colours: 'Colours and type', brand: 'Brand colour', background: 'Background', surface: 'Cards', text: 'Text', ownColour: 'Empty: as it is',
  radius: 'Corners', radii: { '': 'As they are', 0: 'Square', 6: 'Slightly round', 12: 'Round' }, font: 'Font', fonts: { '': 'As it is', System: 'System', Humanist: 'Humanist', Rounded: 'Rounded', Serif: 'Serif', Mono: 'Mono' }, size: 'Size of text, px',
  shifted: 'As text this colour cannot be read. Links are {{colour}} instead.', words: 'Header, footer and words', header: 'Header, HTML', footer: 'Footer, HTML', htmlHint: 'What runs, loads or asks is taken out.',
  wording: 'Words that read otherwise', wordingHint: 'One a line, such as launch.title = Connect your shop', own: 'Your own pages', ownLead: 'They may run scripts: they are shown in a frame of no origin, and find the result as an object of that name.',
  complete: 'Page at the end of a set-up, HTML', completeHint: 'Empty: ours. {{InstallCompleteMessage}} is the message of a package.', error: 'Page when a vendor refuses, HTML', errorHint: 'Empty: ours. {{error}} and {{error_description}} are what the vendor said.',
  css: 'CSS', cssHint: 'For pages that take no credentials. It reaches what is on the page, such as .button, .card, .row and .page, and loads nothing.', calls: 'Calls to servers', agent: 'Name of the program (User-Agent)', agentHint: 'What your own servers and those of vendors are called by. Empty: Integrations, or the product\'s name where the branding has none.',
  domain: 'Service domain', domainHint: 'Where customers see these pages. Whoever runs the server sets it.', taken: 'Saved. Customers see it with the next page.', stale: 'Somebody else has changed this meanwhile. Load it again to go on with what there is now.', load: 'Load again',
};
const market = {
  title: 'Marketplaces', lead: 'Pages on which your customers find, install and manage integrations.', add: 'New marketplace', name: 'Name', none: 'No marketplace yet', noneText: 'A marketplace shows your published templates until you arrange cards.', created: 'Created', open: 'Arrange', number: 'Id',
  deleteTitle: 'Delete {{name}}?', deleteText: 'Its page is gone at once. What customers have installed from it stays.', deleted: '{{name}} was deleted', live: 'Customers see this now', changed: 'Not saved yet', save: 'Save', saved: 'Saved. Customers see it now.', settings: 'Settings', code: 'Embed code', tryIt: 'Try it', addCard: 'Add card', cards: 'Cards',
  keys: 'Drag a card, or choose it and press Alt with the arrows: up and down move it, right puts it into the category above, left takes it out.', moved: '{{title}} is now {{place}} of {{count}}', movedIn: '{{title}} is now {{place}} of {{count}} in {{category}}',
  kinds: { Text: 'Text', Category: 'Category', Package: 'Package', Link: 'Link' }, newTitles: { Text: 'Text', Category: 'New category', Package: 'New package', Link: 'New link' },
  plain: 'Nothing is arranged', plainText: 'Customers see a package per published template. Arrange cards to choose, group and describe them.', begin: 'Begin with a card per template', empty: 'Begin with an empty page', choose: 'Choose a card to change it.', nothing: 'There is no card here yet.',
  cardTitle: 'Title', description: 'Description, HTML', text: 'Text, HTML', image: 'Picture', secondImage: 'Second picture', tags: 'Tags', tagsHint: 'Separated by commas', templates: 'Templates it installs', single: 'Only once per account', auto: 'Start when installed',
  marks: { bar: 'Marks of the text', heading: 'Heading', subheading: 'Smaller heading', bold: 'Bold', italic: 'Italic', link: 'Link', list: 'List' },
  askName: 'Let the customer name it', back: 'Return to the marketplace', message: 'Message when done, HTML', url: 'Address', linkText: 'Text of the button', linkHint: 'Empty: an arrow', columns: 'Columns', columnsHint: '1 to 6; empty: as many as fit', header: 'Header, HTML', footer: 'Footer, HTML',
  search: 'Customers can search', filter: 'Customers can choose by tag', wording: 'Words that read otherwise', remove: 'Take the card away', removeTitle: 'Take {{title}} away?', removeText: 'What customers have installed with it stays.', removeAll: 'The cards within it go with it.',
  notify: 'Tell this address', notifyHint: 'Of what customers install, start, stop and uninstall: a signed POST. Empty: nowhere.', secret: 'New signing secret', secretText: 'The secret before it signs for another day.', told: 'What was told', toldText: '{{url}} is told what becomes of installs. What ended is known for a week.', toldNowhere: 'No address is told: name one in the settings.', toldWhat: 'Told', toldState: 'State',
  toldOf: { installed: 'Installed', started: 'Started', stopped: 'Stopped', uninstalled: 'Uninstalled' }, tellAgain: 'Send again', toldAgain: 'It is sent again', toldNone: 'Nothing was told yet', toldNoneText: 'What customers install, start, stop and uninstall is listed here.',
  snippet: 'Your server asks for the address', snippetPage: 'Your page shows it', narrow: 'Edit this on a wider screen.',
  tryText: 'It opens as this account\'s customers see it. What you install there is installed.', opened: 'It is open in a window of its own.', blocked: 'The browser has blocked the window.', openHere: 'Open it', missing: 'Unknown template',
};
const launch = {
  title: 'LAUNCH and ORBIT', lead: 'Try what your customers go through. It is real: what you set up there is set up in the account.', account: 'Account', accountHint: 'An account that is not there yet is made.', template: 'Template', all: 'Every published template', tags: 'Tags', tagsHint: 'Templates that have one of them, separated by commas',
  start: 'Start it in the end', once: 'Run once', auto: 'Skip the list when there is one template', single: 'Each template once', wizard: 'A page per step', descriptions: 'Show descriptions', inline: 'Ask for consent within the page', complete: 'What comes back with the result', open: 'Open LAUNCH', orbit: 'Open ORBIT',
  waiting: 'It is open in a window of its own. Its result is shown here.', closed: 'It was closed before the end.', result: 'Result', noResult: 'Open LAUNCH: what it sends back to your page is shown here.', code: 'The call that your server makes', options: 'Options',
};

i18n.addResourceBundle('en', 'translation', { branding, market, launch }, true);
