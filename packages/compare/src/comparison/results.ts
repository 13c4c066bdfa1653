import { estimate } from '../metrics/index.js';
import type { ComparedModel } from './run.js';

/**
 * What results.json says of a model: everything but the maps, which lie beside it.
 * @param folder what the folder of its maps is called
 */
export const resultsOf = (
  { ground, methods, skipped, randomOrder, agreement }: ComparedModel,
  folder: string,
): object => ({
  model: ground.model.name,
  folder,
  samples: ground.cases.map(({ name, target }, n) => ({
    name,
    target,
    label: ground.model.document?.labels?.[target] ?? null,
    scores: ground.outputs[n],
  })),
  methods: methods.map((one) => ({ ...one, values: undefined, maps: one.maps.length })),
  randomOrder: randomOrder && { curve: randomOrder.curve, area: estimate(randomOrder.areas) ?? null },
  agreement: { methods: methods.map(({ name }) => name), cells: agreement },
  skipped,
});
