import type { Explained, ExplainedTexts, NodeLedger, Report, SampleLedger, SampleReport } from '@kirchhoff/explain';
import { tokenName } from '@kirchhoff/text';
import { arrayOf, type NumberArray } from './array.js';

/** How exactly relevance adds up: seed = Σ relevance of the inputs + Σ leaks, for every sample. */
export interface Ledger {
  /** The greatest error of that equation among the samples, relative to the largest relevance in it; NaN where none is kept. */
  readonly closure: number;
  /** Whether every sample adds up within rounding; null where none is kept (gradients). */
  readonly addsUp: boolean | null;
  /** What leaked in the first sample, by cause. */
  readonly leaks: Readonly<Record<string, number>>;
  /** The nodes of the first sample, in the order that relevance crosses them. */
  readonly nodes: readonly NodeLedger[];
  /** One for each sample. */
  readonly samples: readonly (SampleLedger | null)[];
}

/** What was explained of one target. */
export interface View {
  /** What was asked for: `argmax`, `7`, `7-rest`. */
  readonly asked: string;
  /** Relevance of the model's first input, in its shape with all samples. */
  readonly relevance: NumberArray;
  /** The same by name, for every input and for the tensors asked for with `at`. */
  readonly relevances: Readonly<Record<string, NumberArray>>;
  /** What was chosen in each sample: target, class, label, score, Σ relevance. */
  readonly samples: readonly SampleReport[];
  readonly ledger: Ledger;
}

/** A text, cut into what the model reads, with the relevance of each token for the first target. */
export interface ReadText {
  readonly text: string;
  readonly tokens: readonly { readonly name: string; readonly id: number; readonly relevance: number }[];
}

/** Which inputs a decision rests on. Without further targets, the first view is all there is. */
export interface Explanation extends View {
  /** The explained output, for all samples; of texts, that of the first. */
  readonly output: NumberArray;
  /** One view for each target, the first included. */
  readonly views: readonly View[];
  /** Of texts alone. */
  readonly texts?: readonly ReadText[];
  /** What is to be known before it is believed, in sentences: an open ledger, a way of reading pictures that nobody stated. */
  readonly notes: readonly string[];
  /** Everything there is to know of how it came about; plain JSON. */
  readonly report: Report;
}

const ledgerOf = (samples: readonly SampleReport[], addsUp: boolean | null): Ledger => {
  const ledgers = samples.map(({ ledger }) => ledger);
  const kept = ledgers.filter((one) => one !== null);
  const [first] = kept;
  return {
    closure: first === undefined ? Number.NaN : kept.reduce((most, { closure }) => Math.max(most, closure), 0),
    addsUp: first === undefined ? null : (addsUp ?? kept.every(({ open }) => open.length === 0)),
    leaks: first?.leaks ?? {},
    nodes: first?.nodes ?? [],
    samples: ledgers,
  };
};

/** An explanation of tensors as it is given out. */
export const explanationOf = (explained: Explained, notes: readonly string[]): Explanation => {
  const { report } = explained;
  const maps = [explained, ...explained.further];
  const told = [{ asked: report.asked, samples: report.samples }, ...report.further];
  const views = maps.map(({ relevance, at }, i): View => {
    const { asked, samples } = told[i]!;
    const arrays = Object.entries({ ...at, ...relevance }).map(([name, map]) => [name, arrayOf(map)] as const);
    const relevances = Object.fromEntries(arrays);
    const first = relevances[Object.keys(relevance)[0]!]!;
    return { asked, relevance: first, relevances, samples, ledger: ledgerOf(samples, i === 0 ? report.addsUp : null) };
  });
  return { ...views[0]!, output: arrayOf(explained.output), views, notes, report };
};

/** An explanation of texts as it is given out: arrays are those of the first text, by components of its embeddings. */
export const textExplanationOf = ({ texts, report }: ExplainedTexts, notes: readonly string[]): Explanation => {
  const [first] = texts;
  const views = first!.views.map(({ asked, components }, i): View => {
    const samples = texts.map((one) => one.views[i]!.sample);
    const relevance = arrayOf(components);
    return {
      asked,
      relevance,
      relevances: { [report.inputs[0]!]: relevance },
      samples,
      ledger: ledgerOf(samples, i === 0 ? report.addsUp : null),
    };
  });
  const { output } = first!;
  return {
    ...views[0]!,
    output: arrayOf({ type: 'float64', shape: [output.length], data: output }),
    views,
    texts: texts.map(({ tokens, views: [view] }) => ({
      text: tokens.text,
      tokens: tokens.tokens.map((token, i) => ({ name: tokenName(token), id: token.id, relevance: view!.tokens[i]! })),
    })),
    notes,
    report,
  };
};
