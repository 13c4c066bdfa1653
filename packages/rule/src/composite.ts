import { parseFormula, type Formula } from '@kirchhoff/formula';
import { decodeDocument, kinds, operators, type Kind, type OpName } from '@kirchhoff/graph';
import { addProblems, problem, ruleSays, within, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import type { Quantity } from './rule.js';
import { compositeDocument, type EntryDocument, type MatchDocument } from './document.js';

export type Seed = 'value' | 'one';

export interface Bound {
  readonly minimum: number;
  readonly maximum: number;
}

/** When an entry takes a node: every predicate that is written must hold. */
export interface Match {
  readonly op?: readonly OpName[];
  readonly kind?: Kind | 'affine';
  readonly weighted?: boolean;
  /** A pattern; `*` stands for any characters. */
  readonly name?: string;
  readonly first?: boolean;
  readonly last?: boolean;
  /** How many weighted nodes lie before the node on its longest path from an input. */
  readonly depth?: Bound;
  /** Of a product or contraction: it is known which operand is the gate. */
  readonly gate?: boolean;
  /** Proven bounds of every computed input (`x`) or of the output (`y`) lie inside these. */
  readonly facts?: { readonly x?: Bound; readonly y?: Bound };
}

/** One row of a composite: nodes that match take this rule with these parameters. */
export interface Entry {
  readonly match: Match;
  readonly rule: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** Where it stands, for messages: `epsilon-plus entry 2`. */
  readonly place: string;
}

export type CompositeRow = Entry | { readonly include: string; readonly place: string };

/** A decoded composite document. Its rows are tried in order; the first that matches governs the node. */
export interface Composite {
  readonly name: string;
  readonly summary: string;
  readonly cite: readonly string[];
  readonly rows: readonly CompositeRow[];
  /** Rewrites that its rows count on; an include counts on its own, too. */
  readonly canonizers: readonly string[];
  /** What the explanation starts from when the caller does not say. */
  readonly seed: Seed | undefined;
  /** Applied to what arrives (`R`) at an input (`x`), as the last step: gradient × input is `x * R`. */
  readonly finish: Formula | undefined;
  /** What the finished map holds, where that is not what the rules hand on. */
  readonly quantity: Quantity | undefined;
}

const affineOrKinds = ['affine', ...kinds];

const boundOf = ({ minimum = -Infinity, maximum = Infinity }: { minimum?: number; maximum?: number }): Bound => ({
  minimum,
  maximum,
});

const decodeMatch = (doc: MatchDocument, pointer: string, problems: Problem[]): Match => {
  (doc.op ?? []).forEach((op, i) => {
    if (!Object.hasOwn(operators, op)) {
      problems.push(problem(`${pointer}/op/${i}`, ruleSays.unknownOperator(op, Object.keys(operators))));
    }
  });
  if (doc.kind !== undefined && !affineOrKinds.includes(doc.kind)) {
    problems.push(problem(`${pointer}/kind`, ruleSays.unknownKind(doc.kind, affineOrKinds)));
  }
  const { x, y } = doc.facts ?? {};
  return {
    ...(doc.op && { op: doc.op as OpName[] }),
    ...(doc.kind !== undefined && { kind: doc.kind as Kind | 'affine' }),
    ...(doc.weighted !== undefined && { weighted: doc.weighted }),
    ...(doc.name !== undefined && { name: doc.name }),
    ...(doc.first !== undefined && { first: doc.first }),
    ...(doc.last !== undefined && { last: doc.last }),
    ...(doc.depth && { depth: boundOf(doc.depth) }),
    ...(doc.gate !== undefined && { gate: doc.gate }),
    ...(doc.facts && { facts: { ...(x && { x: boundOf(x) }), ...(y && { y: boundOf(y) }) } }),
  };
};

const decodeEntry = (doc: EntryDocument, place: string, pointer: string, problems: Problem[]): CompositeRow =>
  'include' in doc
    ? { include: doc.include, place }
    : {
        match: decodeMatch(doc.match, `${pointer}/match`, problems),
        rule: doc.rule,
        parameters: doc.parameters ?? {},
        place,
      };

/** Decodes a composite document. Rules and composites that it names are looked up when a plan is made. */
export const decodeComposite = (json: unknown): Result<Composite> => {
  const decoded = decodeDocument(compositeDocument, json);
  if (E.isLeft(decoded)) return decoded;
  const doc = decoded.right;
  const problems: Problem[] = [];
  const rows = doc.rules.map((entry, i) =>
    decodeEntry(entry, `${doc.composite} entry ${i + 1}`, `/rules/${i}`, problems),
  );
  let finish: Formula | undefined;
  if (doc.finish !== undefined) {
    const parsed = parseFormula(doc.finish, { symbols: ['x', 'R'], functions: ['pos', 'neg', 'abs', 'sgn'] });
    if (E.isLeft(parsed)) addProblems(problems, within('/finish', parsed.left));
    else finish = parsed.right;
  }
  if (problems.length > 0) return E.left(problems);
  const { composite: name, summary, cite = [], canonizers = [], seed, quantity } = doc;
  return E.right({ name, summary, cite, rows, canonizers, seed, finish, quantity });
};
