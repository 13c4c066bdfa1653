import { option, each, compareSays, problem, type Result } from '@kirchhoff/message';
import type { Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { methodNames, methods, requestProblems, type MethodRequest } from '../methods/index.js';
import { metricNames, type MetricName } from '../metrics/index.js';

/** The composites that `all` stands for, beside the methods with a name of their own. */
const composites = {
  picture: ['epsilon-plus-flat', 'epsilon-plus', 'epsilon-alpha2-beta1-flat', 'epsilon-gamma-box'],
  text: ['lstm-signal-take-all', 'lstm-gate-proportional', 'lstm-gate-half'],
};

/** What `default` stands for: some of each kind. */
const few = {
  picture: [
    'epsilon-plus-flat',
    'epsilon-alpha2-beta1-flat',
    'deep-taylor',
    'gradient',
    'gradient-times-input',
    'guided-backprop',
    'integrated-gradients',
    'grad-cam',
    'occlusion',
    'random',
  ],
  text: [
    'lstm-signal-take-all',
    'lstm-gate-proportional',
    'sensitivity',
    'gradient-times-input',
    'integrated-gradients',
    'occlusion',
    'lime',
    'random',
  ],
};

/** Metrics that need no further explanations. */
const cheap: readonly MetricName[] = metricNames.filter(
  (name) => !/^(?:max-sensitivity|continuity|randomisation)/.test(name),
);

const parseOne = (text: string): Result<MethodRequest> => {
  const [head = '', ...pairs] = text.split(':');
  const [name = '', node] = head.split('@');
  const settings: Record<string, number> = {};
  for (const pair of pairs) {
    const [key = '', value = ''] = pair.split('=');
    const number = value === '' ? NaN : Number(value);
    if (!Number.isFinite(number)) return E.left([problem(option('methods'), compareSays.badSetting(pair))]);
    settings[key] = number;
  }
  return E.right({ name, settings, node });
};

/** Methods of a list: `lime:samples=500`, `grad-cam@relu3`, composites by name, `default`, or `all` that apply. */
export interface MethodList {
  readonly requests: (kind: 'picture' | 'text') => readonly MethodRequest[];
  /** `all` and `default` leave out what does not apply. */
  readonly open: boolean;
}

const plain = (names: readonly string[]): readonly MethodRequest[] => names.map((name) => ({ name, settings: {} }));

/** A list such as `lime:samples=500,grad-cam@relu3,epsilon-plus`. What no model could make right is refused. */
export const methodList = (text: string, book: Rulebook): Result<MethodList> => {
  if (text === 'all') return E.right({ open: true, requests: (kind) => plain([...composites[kind], ...methodNames]) });
  if (text === 'default') return E.right({ open: true, requests: (kind) => plain(few[kind]) });
  const parsed = [...new Set(text.split(','))].map((part) =>
    E.chain((one: MethodRequest): Result<MethodRequest> => {
      const wrong = requestProblems(one, book);
      return wrong.length === 0
        ? E.right(one)
        : E.left(wrong.map(({ message }) => problem(option('methods'), message)));
    })(parseOne(part)),
  );
  return E.map((requests: readonly MethodRequest[]): MethodList => ({ open: false, requests: () => requests }))(
    each(parsed),
  );
};

const learning = methodNames.filter((name) => methods[name].needs.includes('data'));

/** Refuses data that no method of the list would learn from. */
export const usesData = ({ requests }: MethodList): Result<void> =>
  [...requests('picture'), ...requests('text')].some(({ name }) => learning.some((one) => one === name))
    ? E.right(undefined)
    : E.left([problem(option('data'), compareSays.dataUnused(learning))]);

const isMetric = (name: string): name is MetricName => metricNames.some((known) => known === name);

/** A list such as `gini,entropy`, `default` (those that need no further explanations) or `all`. */
export const metricList = (text: string): Result<readonly MetricName[]> => {
  if (text === 'all') return E.right(metricNames);
  if (text === 'default') return E.right(cheap);
  const names = text.split(',');
  const wrong = names.filter((name) => !isMetric(name));
  return wrong.length > 0
    ? E.left(wrong.map((name) => problem(option('metrics'), compareSays.unknownMetric(name, metricNames))))
    : E.right(names.filter(isMetric));
};
