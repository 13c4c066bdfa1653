import type { Tensor } from '@kirchhoff/graph';
import type { Explained } from '../explain.js';
import { outputNames } from './output-names.js';

/**
 * Relevances by file name (relevance.npy, relevance-TENSOR.npy, and relevance-target-K.npy for further targets), and the
 * tensor that each belongs to.
 */
export const mapFiles = (
  explained: Pick<Explained, 'relevance' | 'at' | 'further' | 'report'>,
): readonly (readonly [file: string, map: Tensor, of: string])[] => {
  const maps = [explained, ...explained.further].flatMap(({ relevance, at }, i) => {
    const base = i === 0 ? 'relevance' : `relevance-target-${explained.report.further[i - 1]!.asked}`;
    return [
      ...Object.entries(relevance).map(([name, map], k) => [k === 0 ? base : `${base}-${name}`, map, name] as const),
      ...Object.entries(at).map(([name, map]) => [`${base}-${name}`, map, name] as const),
    ];
  });
  const names = outputNames(maps.map(([name]) => name));
  return maps.map(([, map, of], i) => [`${names[i]!}.npy`, map, of] as const);
};
