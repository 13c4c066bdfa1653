import {
  batchAxis,
  countSamples,
  partOf,
  sampleOf,
  type Explained,
  type Maps,
  type Model,
  type SampleReport,
} from '@kirchhoff/explain';
import { sizeOf, toNumbers, type Input, type Tensor } from '@kirchhoff/graph';
import type { Bounds, Pixels, Sheet, SheetRow } from '@kirchhoff/picture';
import { cliSays, short } from '@kirchhoff/message';

/** How many samples of a batch are drawn. */
export const shownSamples = 24;

/** The planes of [C, H, W] as one: their mean. */
const meanPlane = ([channels = 1, height = 1, width = 1]: readonly number[], data: Float64Array): Pixels => {
  const plane = new Float64Array(height * width);
  data.forEach((value, i) => (plane[i % plane.length]! += value / channels));
  return { shape: [1, height, width], data: plane };
};

/**
 * One sample as pixels. An input of [C, H, W] is grey or coloured as it is, and the mean of its channels where these are
 * neither 1 nor 3; relevance is summed over channels. A vector is one line, anything else lines of its last axis.
 */
const pixelsOf = ({ shape, data }: Tensor, as: 'input' | 'relevance'): Pixels => {
  const values = toNumbers(data);
  if (shape.length === 3) {
    const drawn = as === 'relevance' || shape[0] === 1 || shape[0] === 3;
    return drawn ? { shape, data: values } : meanPlane(shape, values);
  }
  const last = shape.at(-1) ?? 1;
  return { shape: [1, sizeOf(shape) / last, last], data: values };
};

/** With a no-break space, so that the sign stays with its number. */
const percent = (share: number): string => `${(100 * share).toFixed(share > 0.9 || share < 0.1 ? 1 : 0)}\u00a0%`;

/** The share of the target among the outputs of a sample, if these are the logits of classes. */
const softmaxAt = (logits: Float64Array, target: number): number => {
  const top = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0);
  return Math.exp(logits[target]! - top) / total;
};

/** ` → seven (98.7 %)` where a model names its classes, else ` → output 3 = 0.25`. */
const decisionText = ({ target, class: chosen, position, label, score }: SampleReport, logits: Tensor): string => {
  if (target === null) return '';
  if (position !== null && position.length > 0)
    return ` → ${label ?? chosen} at [${position.join(', ')}]${score === null ? '' : ` = ${short(score)}`}`;
  if (label === null) return ` → output ${target}${score === null ? '' : ` = ${short(score)}`}`;
  return ` → ${label} (${percent(softmaxAt(toNumbers(logits.data), target))})`;
};

/** One column of a sheet: maps and what the report says of their samples. */
export interface ExplainedColumn {
  readonly maps: Maps;
  readonly samples: readonly SampleReport[];
}

/** What an explanation gives for each of its targets. */
export const columnsOf = (explained: Explained): readonly ExplainedColumn[] => [
  { maps: explained, samples: explained.report.samples },
  ...explained.further.map((maps, i) => ({ maps, samples: explained.report.further[i]!.samples })),
];

/** Which values of an input print black and white: its declared bounds, unless channels of their own are not drawn. */
const boundsOf = ({ range }: Input, { shape }: Pixels): { readonly bounds?: Bounds } => {
  if (range === undefined) return {};
  const fits = (side: number | readonly number[]): boolean => typeof side === 'number' || side.length === shape[0];
  return fits(range.low) && fits(range.high) ? { bounds: range } : {};
};

/**
 * One row per sample and input: the input, what is explained in the first column, and the relevance in each of the
 * columns. Of a large batch the first samples; not inputs without an element (a cache of no tokens).
 */
export const sheetRows = (
  model: Model,
  inputs: Readonly<Record<string, Tensor>>,
  { output, outputSamples }: Pick<Explained, 'output' | 'outputSamples'>,
  columns: readonly ExplainedColumn[],
  names: readonly string[],
): readonly SheetRow[] => {
  const { graph } = model.typed;
  const count = countSamples(graph, inputs);
  return Array.from({ length: Math.min(count, shownSamples) }, (_, n) => n).flatMap((n) => {
    const said = decisionText(columns[0]!.samples[n]!, partOf(output, outputSamples, count, n));
    const drawn = graph.inputs.filter(({ name }) => sizeOf(inputs[name]!.shape) > 0);
    return drawn.map((declared): SheetRow => {
      const axis = batchAxis(graph, declared.shape);
      const input = pixelsOf(sampleOf(inputs[declared.name]!, axis, n), 'input');
      const maps = columns.map(({ maps, samples }) => ({
        ...pixelsOf(sampleOf(maps.relevance[declared.name]!, axis, n), 'relevance'),
        ...(graph.inputs.length === 1 && { total: samples[n]!.relevance }),
      }));
      const name = `${names[n] ?? `sample ${n}`}${graph.inputs.length > 1 ? `, ${declared.name}` : ''}`;
      return { input, ...boundsOf(declared, input), caption: `${name}${said}`, maps };
    });
  });
};

const subtitleOf = (samples: number): string => {
  if (samples === 1) return 'what the decision rests on';
  return `what the decisions rest on${samples > shownSamples ? `: ${cliSays.partOfSamples(shownSamples, samples)}` : ''}`;
};

/** The samples of a batch, as far as a sheet shows them, with their relevance for each target. @param remarks said above them */
export const explainedSheet = (
  model: Model,
  explained: Explained,
  { inputs, names }: { readonly inputs: Readonly<Record<string, Tensor>>; readonly names: readonly string[] },
  remarks: readonly string[],
): Sheet => {
  const { report } = explained;
  return {
    title: `${model.name}: ${report.composite}`,
    subtitle: [...remarks, subtitleOf(report.samples.length)].join(' · '),
    columns: [report, ...report.further].map(({ asked }, _, all) => ({
      title: all.length > 1 ? `target ${asked}` : report.composite,
      subtitle: report.quantity,
    })),
    rows: sheetRows(model, inputs, explained, columnsOf(explained), names),
  };
};
