// The pages of the site, by task, in the order in which users come to them. build.js refuses a page that is missing here.
export const NAVIGATION = [
  {
    text: 'Start',
    items: [
      { text: 'Quick start', page: 'docs/quick-start' },
      { text: 'An app you do not own', page: 'docs/auto' },
      { text: 'Recipes for programs from npm', page: 'docs/auto-recipes' },
      { text: 'Frameworks', page: 'docs/frameworks' },
      { text: 'Symptoms and remedies', page: 'docs/symptoms' },
      { text: 'Migrating', page: 'docs/migration' },
      { text: 'Questions and answers', page: 'docs/faq' },
    ],
  },
  {
    text: 'Running a service',
    items: [
      { text: 'The service life cycle', page: 'docs/service' },
      { text: 'Ready, status, reload', page: 'docs/notify' },
      { text: 'Watchdog', page: 'docs/watchdog' },
      { text: 'Sockets and restarts', page: 'docs/sockets' },
    ],
  },
  {
    text: 'Logging',
    items: [
      { text: 'Journal', page: 'docs/journal' },
      { text: 'pino, winston, console', page: 'docs/loggers' },
      { text: 'Shipping entries', page: 'docs/shipping' },
      { text: 'OpenTelemetry', page: 'docs/opentelemetry' },
      { text: 'Diagnostics channels and metrics', page: 'docs/diagnostics' },
    ],
  },
  {
    text: 'Tools',
    items: [
      { text: 'Development: readyd run', page: 'docs/development' },
      { text: 'Unit files: readyd unit', page: 'docs/unit-files' },
      { text: 'Diagnosing: readyd doctor', page: 'docs/doctor' },
      { text: 'Testing', page: 'docs/testing' },
      { text: 'Bundlers, Jest, TypeScript', page: 'docs/tools' },
    ],
  },
  {
    text: 'Reference',
    items: [
      { text: 'API', page: 'api/index' },
      { text: 'Errors', page: 'docs/errors' },
      { text: 'Protocol', page: 'docs/protocol' },
      { text: 'Threat model', page: 'docs/threat-model' },
      { text: 'Runtimes', page: 'docs/runtimes' },
      { text: 'Benchmarks', page: 'docs/benchmarks' },
      { text: 'Changelog', page: 'CHANGELOG' },
      { text: 'Contributing', page: 'CONTRIBUTING' },
      { text: 'Security', page: 'SECURITY' },
    ],
  },
];
