import type { Opening, Outgrown, SampleLedger } from './ledger.js';
import type { Report } from './report.js';
import { ledgerSays, problem, type Problem } from '@kirchhoff/message';

/** Whether explanations may be believed as far as their ledgers tell: where the worst is open, and where relevance outgrew most. */
export interface Standing {
  readonly samples: number;
  readonly open: { readonly worst: Opening; readonly name: string; readonly count: number } | undefined;
  readonly outgrown: { readonly worst: Outgrown; readonly count: number } | undefined;
}

type Ledger = Pick<SampleLedger, 'open' | 'outgrown'>;

/** A ledger with the name of its sample. */
export type NamedLedger = readonly [name: string, ledger: Ledger | null];

const largest = <A>(all: readonly A[], of: (one: A) => number): A | undefined =>
  all.reduce<A | undefined>((most, one) => (most === undefined || of(one) > of(most) ? one : most), undefined);

export const standingOf = (ledgers: readonly NamedLedger[]): Standing => {
  const open = ledgers.flatMap(([name, ledger]) => {
    const worst = ledger?.open[0];
    return worst === undefined ? [] : [{ name, worst }];
  });
  const grown = ledgers.flatMap(([, ledger]) => ledger?.outgrown ?? []);
  const [worst, most] = [
    largest(open, (one) => Math.abs(one.worst.undeclared)),
    largest(grown, ({ factor }) => factor),
  ];
  return {
    samples: ledgers.length,
    open: worst && { ...worst, count: open.length },
    outgrown: most && { worst: most, count: grown.length },
  };
};

/** Every sample's ledger for every target. */
export const ledgersOf = (
  report: Pick<Report, 'samples' | 'further'>,
  names: readonly string[],
): readonly NamedLedger[] =>
  [report, ...report.further].flatMap(({ samples }) =>
    samples.map(({ ledger }, n): NamedLedger => [names[n] ?? `sample ${n}`, ledger]),
  );

/** Why explanations are refused: one of them does not add up. Nothing where all do, or where that is allowed. */
export const refusalOf = ({ open, samples }: Standing, allowed: boolean): readonly Problem[] =>
  open === undefined || allowed ? [] : [problem(open.name, ledgerSays.refused(open.worst, open.count - 1, samples))];

/** What is said of them first, wherever they are shown. */
export const remarksOn = ({ open, outgrown, samples }: Standing): readonly string[] => [
  ...(open === undefined ? [] : [ledgerSays.ofSamples(ledgerSays.open(open.worst), open.count, samples)]),
  ...(outgrown === undefined
    ? []
    : [ledgerSays.ofSamples(ledgerSays.outgrown(outgrown.worst), outgrown.count, samples)]),
];
