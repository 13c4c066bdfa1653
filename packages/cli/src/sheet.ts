import type { Explained, Maps, Model, SampleReport } from '@kirchhoff/explain';
import { sizeOf, toNumbers, type Tensor } from '@kirchhoff/graph';
import type { Pixels, SheetRow } from '@kirchhoff/picture';

/** Sample `n` of a batch as pixels: [C, H, W] as it is, a vector as one line, anything else as lines of its last axis. */
const pixelsOf = ({ shape, data }: Tensor, n: number, batched: boolean): Pixels => {
  const own = batched ? shape.slice(1) : shape;
  const size = sizeOf(own);
  const values = toNumbers(data).subarray(n * size, (n + 1) * size);
  const last = own.at(-1) ?? 1;
  if (own.length === 3 && (own[0] === 1 || own[0] === 3)) return { shape: own, data: values };
  return { shape: [1, size / last, last], data: values };
};

const percent = (share: number): string => `${(100 * share).toFixed(share > 0.995 || share < 0.1 ? 1 : 0)} %`;

/** The share of the target among the outputs, if these were the logits of classes. */
const softmaxAt = (output: Tensor, n: number, count: number, target: number): number => {
  const size = sizeOf(output.shape) / count;
  const logits = toNumbers(output.data).subarray(n * size, (n + 1) * size);
  const top = Math.max(...logits);
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - top);
  return Math.exp(logits[target]! - top) / total;
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

/** One row per sample: its input, what is explained in the first column, and its relevance in each of the columns. */
export const sheetRows = (
  model: Model,
  input: Tensor,
  output: Tensor,
  columns: readonly ExplainedColumn[],
  names: readonly string[],
): readonly SheetRow[] => {
  const [first] = columns;
  const declared = model.typed.graph.inputs[0]!;
  const batched = typeof declared.shape[0] === 'string';
  const count = batched ? input.shape[0]! : 1;
  return Array.from({ length: count }, (_, n): SheetRow => {
    const { target, label } = first!.samples[n]!;
    const sure = target === null ? '' : ` (${percent(softmaxAt(output, n, count, target))})`;
    const said = target === null ? '' : ` → ${label ?? target}${sure}`;
    const range = declared.range;
    const bounds =
      range && typeof range.low === 'number' && typeof range.high === 'number'
        ? { low: range.low, high: range.high }
        : undefined;
    return {
      input: pixelsOf(input, n, batched),
      ...(bounds && { bounds }),
      caption: `${names[n] ?? `sample ${n}`}${said}`,
      maps: columns.map(({ maps, samples }) => ({
        ...pixelsOf(maps.relevance[declared.name]!, n, batched),
        total: samples[n]!.relevance,
      })),
    };
  });
};
