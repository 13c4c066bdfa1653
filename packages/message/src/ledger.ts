import { option } from './option.js';
/** What is said of explanations that do not add up, and of relevance that outgrows what it started from. */

/** Relevance that went nowhere. */
interface Missing {
  readonly node: string | null;
  readonly rule: string | null;
  readonly undeclared: number;
  readonly bound: number;
}

interface Grown {
  readonly node: string | null;
  readonly rule: string | null;
  readonly factor: number;
}

const figure = (value: number): string =>
  Math.abs(value) >= 1e6 ? value.toExponential(1) : String(Number(value.toPrecision(3)));

/** That an explanation does not add up, in a few words. */
export const open = ({ node, rule, undeclared, bound }: Missing): string => {
  const explained = `where rounding explains at most ${figure(bound)}`;
  return node === null
    ? `does not add up: relevance of ${figure(undeclared)} is lost on the way between nodes, ${explained}`
    : `does not add up: node "${node}" (rule ${rule}) leaves ${figure(undeclared)} undeclared, ${explained}`;
};

const remedy = ({ node, rule }: Missing): string =>
  node === null || rule === null || rule === 'structural'
    ? 'this is a fault of Kirchhoff, or of a graph made by hand: please report it with the model'
    : `declare under "leaks" of rule "${rule}" what its messages do not carry (kirchhoff verify ${rule} shows where)`;

/** The refusal of explanations that do not add up. @param others how many more samples of how many do not */
export const refused = (missing: Missing, others: number, samples: number): string =>
  [
    `the explanation ${open(missing)}`,
    ...(others > 0 ? [`nor do those of ${others} more of ${samples} samples`] : []),
    `nothing of it is written; ${remedy(missing)}, or add ${option('allow-open-ledger')} to go on`,
  ].join('; ');

/** That relevance has outgrown what it started from, where, and by how much. */
export const outgrown = ({ node, rule, factor }: Grown): string =>
  node === null
    ? `relevance outgrows what it started from ${figure(factor)} times: what is shown rests on what cancels`
    : `relevance outgrows what it started from at node "${node}" (rule ${rule}), ${figure(factor)} times: what is shown rests on what cancels`;

export const ofSamples = (said: string, count: number, samples: number): string =>
  samples === 1 ? said : `${said} (${count} of ${samples} samples)`;
