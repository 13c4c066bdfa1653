import { addProblems, fileSays, graphSays, problem, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { bodiesOf } from './body.js';
import { pointerTo } from './document.js';
import { isInline, type FileTensor, type Graph } from './graph.js';
import { fromNumbers, type StoredTensor, type TensorStore, type TypedArray } from './tensor.js';

/** Opens a file that a graph names, by its path relative to the graph's folder. */
export type OpenTensors = (file: string) => Result<ReadonlyMap<string, StoredTensor>>;

/** Whether a relative path names something inside the folder that it starts from (by its text alone). */
export const staysInside = (file: string): boolean =>
  file !== '' && !/^([/\\]|[A-Za-z]:)/.test(file) && !file.split(/[/\\]/).includes('..') && !file.includes('\0');

/**
 * The tensors of a graph and of its bodies, by name: inline ones from the document, the others from the files that it
 * names (each opened once, read when asked). Files must lie inside the graph's folder; a missing key is refused with
 * the nearest one.
 */
export const resolveTensors = (graph: Graph, open: OpenTensors): Result<TensorStore> => {
  const problems: Problem[] = [];
  const store = new Map<string, StoredTensor>();
  const opened = new Map<string, ReadonlyMap<string, StoredTensor> | undefined>();

  const openOnce = (file: string, pointer: string): ReadonlyMap<string, StoredTensor> | undefined => {
    if (opened.has(file)) return opened.get(file);
    const tensors = staysInside(file)
      ? open(file)
      : E.left([problem(pointerTo(pointer, 'file'), fileSays.namedOutside(file))]);
    if (E.isLeft(tensors)) addProblems(problems, tensors.left);
    const found = E.isRight(tensors) ? tensors.right : undefined;
    opened.set(file, found);
    return found;
  };

  const fromFile = (name: string, { file, key = name }: FileTensor, pointer: string): void => {
    const tensors = openOnce(file, pointer);
    const stored = tensors?.get(key);
    if (stored !== undefined) store.set(name, stored);
    else if (tensors !== undefined)
      problems.push(problem(pointer, graphSays.missingTensorKey(file, key, tensors.keys())));
  };

  const resolve = (part: Graph, pointer: string): void => {
    for (const [name, entry] of Object.entries(part.tensors)) {
      if (isInline(entry)) {
        const { type, shape, data } = entry;
        store.set(name, { type, shape, read: () => fromNumbers(type, data) });
      } else fromFile(name, entry, pointerTo(`${pointer}/tensors`, name));
    }
    part.nodes.forEach((node, i) => {
      for (const [key, body] of bodiesOf(node)) resolve(body, `${pointer}/nodes/${i}/attrs/${key}`);
    });
  };

  resolve(graph, '');
  return problems.length > 0 ? E.left(problems) : E.right(store);
};

const indexOf = (flat: number, shape: readonly number[]): readonly number[] => {
  const index = [...shape];
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis] ?? 1;
    index[axis] = rest % extent;
    rest = Math.floor(rest / extent);
  }
  return index;
};

/** A loop, since a call for each of 10⁸ numbers takes seconds. */
const firstNaN = (data: TypedArray): number => {
  for (let i = 0; i < data.length; i++) if (Number.isNaN(data[i])) return i;
  return -1;
};

/** A problem for each floating-point tensor that holds NaN, with the index of the first. Infinities are values. */
export const findNonFinite = (store: TensorStore): readonly Problem[] => {
  const problems: Problem[] = [];
  for (const [name, { type, shape, read, file }] of store) {
    if (type !== 'float32' && type !== 'float64') continue;
    const at = firstNaN(read());
    if (at >= 0) problems.push(problem(file?.name ?? '', graphSays.holdsNaN(name, indexOf(at, shape))));
  }
  return problems;
};
