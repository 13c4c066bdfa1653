import { graphsWithin } from './body.js';
import { outputsOf, type Graph } from './graph.js';

/** Every name that a value of a graph bears, those inside bodies included. */
export const namesIn = (graph: Graph): Set<string> => {
  const names = new Set<string>();
  for (const { inputs, tensors, nodes } of graphsWithin(graph)) {
    for (const { name } of inputs) names.add(name);
    for (const name of Object.keys(tensors)) names.add(name);
    for (const node of nodes) for (const name of outputsOf(node)) names.add(name);
  }
  return names;
};

/** Gives a name that nothing bears yet: the one that is wanted, else that with a number behind it. */
export type Fresh = (wanted: string) => string;

/**
 * Names that are not `taken` and not given before: `sum`, then `sum.2`, `sum.3`, …
 *
 * @param joint what stands between the name and the number
 */
export const freshNames = (taken: Pick<ReadonlySet<string>, 'has'>, joint = '.'): Fresh => {
  const given = new Set<string>();
  const numbers = new Map<string, number>();
  return (wanted) => {
    let name = wanted;
    let number = numbers.get(wanted) ?? 2;
    for (; taken.has(name) || given.has(name); number++) name = `${wanted}${joint}${number}`;
    numbers.set(wanted, number);
    given.add(name);
    return name;
  };
};
