/** Which way is better, and where a metric comes from. */
export interface MetricRow {
  readonly title: string;
  readonly summary: string;
  readonly better: 'higher' | 'lower' | 'neither';
  readonly cite: string;
  /** What it costs: `map` nothing, `model` forward passes, `method` further explanations, `mask` nothing but masks. */
  readonly needs: 'map' | 'model' | 'method' | 'mask';
}

export const metricNames = [
  'flipping-most-relevant',
  'flipping-least-relevant',
  'flipping-gap',
  'selectivity',
  'sensitivity-n',
  'infidelity',
  'mass-accuracy',
  'rank-accuracy',
  'completeness',
  'gini',
  'entropy',
  'max-sensitivity',
  'continuity',
  'randomisation-cascading',
  'randomisation-independent',
] as const;
export type MetricName = (typeof metricNames)[number];

const flipping = 'Bach et al. 2015; Samek et al. 2017; for words Arras et al. 2017';

export const metrics: { readonly [Name in MetricName]: MetricRow } = {
  'flipping-most-relevant': {
    title: 'flipping, most relevant first',
    summary: 'Mean probability of the decision while regions are removed, the most relevant first.',
    better: 'lower',
    cite: flipping,
    needs: 'model',
  },
  'flipping-least-relevant': {
    title: 'flipping, least relevant first',
    summary: 'Mean probability of the decision while regions are removed, the least relevant first.',
    better: 'higher',
    cite: flipping,
    needs: 'model',
  },
  'flipping-gap': {
    title: 'flipping gap',
    summary: 'Least relevant first minus most relevant first.',
    better: 'higher',
    cite: 'Blücher et al. 2024, symmetric relevance gain',
    needs: 'model',
  },
  selectivity: {
    title: 'selectivity',
    summary:
      'Mean score while regions are removed, the most relevant first, as a part of the whole score (which must be above 0).',
    better: 'lower',
    cite: 'Montavon et al. 2018, section 7.3',
    needs: 'model',
  },
  'sensitivity-n': {
    title: 'sensitivity-n',
    summary:
      'Correlation of the relevance in random sets of a tenth of all regions with the fall of the score without them.',
    better: 'higher',
    cite: 'Ancona et al. 2018',
    needs: 'model',
  },
  infidelity: {
    title: 'infidelity',
    summary:
      'What relevance in random sets, taken as what they add to the score, leaves unexplained of its fall without them, at the best scale, as a part of all.',
    better: 'lower',
    cite: 'Yeh et al. 2019',
    needs: 'model',
  },
  'mass-accuracy': {
    title: 'mass accuracy',
    summary: 'Part of the positive relevance that lies inside the mask.',
    better: 'higher',
    cite: 'Arras et al. 2022',
    needs: 'mask',
  },
  'rank-accuracy': {
    title: 'rank accuracy',
    summary: 'Part of the most relevant pixels, as many as the mask has, that lie inside it.',
    better: 'higher',
    cite: 'Arras et al. 2022',
    needs: 'mask',
  },
  completeness: {
    title: 'not on inputs',
    summary:
      'What did not arrive at the inputs: Σ|leaks| of the ledger (bias, stabiliser, remainder, …) as a part of |Σ R| + Σ|leaks|.',
    better: 'lower',
    cite: 'Bach et al. 2015; Sundararajan et al. 2017',
    needs: 'map',
  },
  gini: {
    title: 'Gini index',
    summary: 'Sparseness of |R| over regions: 0 even, 1 all in one.',
    better: 'neither',
    cite: 'Chalasani et al. 2020',
    needs: 'map',
  },
  entropy: {
    title: 'entropy',
    summary: 'Entropy of |R| over regions as a part of that of an even map.',
    better: 'neither',
    cite: 'Bhatt et al. 2020',
    needs: 'map',
  },
  'max-sensitivity': {
    title: 'max-sensitivity',
    summary: 'How far the map moves, at the most, when the input moves a little.',
    better: 'lower',
    cite: 'Yeh et al. 2019',
    needs: 'method',
  },
  continuity: {
    title: 'continuity',
    summary: 'The same by length of the step: max ‖ΔR‖₁ / (‖R‖₁ ‖Δx‖₂).',
    better: 'lower',
    cite: 'Montavon et al. 2018, section 7.2',
    needs: 'method',
  },
  'randomisation-cascading': {
    title: 'randomisation, cascading',
    summary: 'Rank correlation of |R| with that of the model whose weights are shuffled from the output down.',
    better: 'lower',
    cite: 'Adebayo et al. 2018',
    needs: 'method',
  },
  'randomisation-independent': {
    title: 'randomisation, independent',
    summary: 'Rank correlation of |R| with that of the model one of whose weight tensors is shuffled.',
    better: 'lower',
    cite: 'Adebayo et al. 2018',
    needs: 'method',
  },
};
