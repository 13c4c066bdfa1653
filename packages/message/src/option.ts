/** What can be stated of a run, by its flag without dashes, and what code calls it. */
const inCode = {
  'allow-open-ledger': 'allowOpenLedger',
  'batch-axis': 'batchAxes',
  'batch-size': 'batchSize',
  composite: 'composite',
  data: 'data',
  input: 'input',
  mask: 'masks',
  methods: 'methods',
  metrics: 'metrics',
  out: 'out',
  output: 'output',
  range: 'range',
  size: 'sizes',
  'skip-inapplicable': 'skip',
  'skip-unreadable': 'skip',
  target: 'target',
  text: 'input',
  'text-file': 'input',
  'without-rewrite': 'withoutRewrites',
} as const;

export type OptionName = keyof typeof inCode;

/** An option in a sentence, or as a place, of a room that knows nothing of who states it, and how. */
export const option = (name: OptionName): string => `⟨${name}⟩`;

const marks = /⟨([a-z-]+)⟩/g;
const isOption = (name: string): name is OptionName => Object.hasOwn(inCode, name);

/** The text with options as they are called on a command line: `--size`. */
export const withFlags = (text: string): string =>
  text.replaceAll(marks, (mark, name: string) => (isOption(name) ? `--${name}` : mark));

/** The text with options as code calls them: `option "sizes"`, or as a place alone `sizes`. */
export const withFields = (text: string): string =>
  text
    .replace(/^⟨([a-z-]+)⟩/, (mark, name: string) => (isOption(name) ? inCode[name] : mark))
    .replaceAll(marks, (mark, name: string) => (isOption(name) ? `option "${inCode[name]}"` : mark));
