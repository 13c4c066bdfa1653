import { compileOracle } from '@kirchhoff/formula';
import type { AffineNode } from '../src/search/bench.js';
import type { SourceDocument } from '@kirchhoff/rule';

type Texts = Readonly<Record<string, string>>;

/** The one case of a rule document that speaks of affine nodes, as it is written. */
export interface AffineRule {
  readonly name: string;
  readonly ops: readonly string[] | undefined;
  readonly weightedOnly: boolean;
  readonly plainOnly: boolean;
  readonly parameters: Readonly<
    Record<string, { readonly default: number; readonly minimum?: number; readonly maximum?: number }>
  >;
  readonly lets: Texts;
  readonly message: string;
  readonly leaks: Texts;
  readonly needsBounds: boolean;
  readonly gradient: boolean;
}

interface Written {
  readonly rule: string;
  readonly quantity?: string;
  readonly parameters?: AffineRule['parameters'];
  readonly cases?: readonly WrittenCase[];
}

interface WrittenCase {
  readonly on: string | { readonly op: readonly string[] };
  readonly let?: Texts;
  readonly message?: string;
  readonly leaks?: Texts;
}

const affineKinds: readonly unknown[] = ['affine', 'weighted', 'plain'];

/** Reads rule documents without the packages under test. `isAffine` tells which named operators count. */
export const affineRules = (
  documents: readonly SourceDocument[],
  isAffine: (op: string) => boolean,
): readonly AffineRule[] =>
  documents.flatMap(({ json }) => {
    const written = json as Written;
    const cases = written.cases ?? [json as WrittenCase];
    return cases.flatMap(({ on, let: lets = {}, message, leaks = {} }): readonly AffineRule[] => {
      const ops = typeof on === 'string' ? undefined : on.op;
      if (message === undefined || (ops === undefined ? !affineKinds.includes(on) : !ops.every(isAffine))) return [];
      const texts = [...Object.values(lets), message, ...Object.values(leaks)].join(' ');
      return [
        {
          name: written.rule,
          ops,
          weightedOnly: on === 'weighted',
          plainOnly: on === 'plain',
          parameters: written.parameters ?? {},
          lets,
          message,
          leaks,
          needsBounds: /\b(low|high)\b/.test(texts),
          gradient: written.quantity === 'gradient',
        },
      ];
    });
  });

export const applies = (rule: AffineRule, node: AffineNode): boolean =>
  (rule.ops === undefined || rule.ops.includes(node.op)) &&
  (!rule.weightedOnly || node.weighted) &&
  (!rule.plainOnly || !node.weighted) &&
  (!rule.needsBounds || node.operands.every((operand) => operand === undefined || operand.low !== undefined));

export interface Judged {
  /** Relevance by operand name. */
  readonly received: Readonly<Record<string, readonly number[]>>;
  /** Leaks by cause, for each output. */
  readonly leaks: Readonly<Record<string, readonly number[]>>;
  readonly y: readonly number[];
  /** The largest single message. */
  readonly largest: number;
}

/** Evaluates the rule's text connection by connection. */
export const judge = (
  rule: AffineRule,
  parameters: Readonly<Record<string, number>>,
  node: AffineNode,
  R: readonly number[],
): Judged => {
  const message = compileOracle(rule.message, rule.lets);
  const causes = Object.entries(rule.leaks).map(([cause, text]) => [cause, compileOracle(text, rule.lets)] as const);
  const received: Record<string, number[]> = {};
  for (const operand of node.operands) if (operand) received[operand.name] ??= operand.x.map(() => 0);
  const leaks: Record<string, number[]> = Object.fromEntries(causes.map(([cause]) => [cause, []]));
  const y: number[] = [];
  let largest = 0;
  node.wiring.meetings.forEach(({ connections, b }, o) => {
    const sources = connections.map(({ port, source, w }) => {
      const { x, low, high } = node.operands[port]!;
      return { x: x[source]!, w, ...(low && high ? { low: low[source]!, high: high[source]! } : {}) };
    });
    y.push(sources.reduce((sum, { x, w }) => sum + x * w, 0) + b);
    const output = { ...parameters, b, y: y[o]!, R: R[o]! };
    connections.forEach(({ port, source }, i) => {
      const value = message({ ...output, ...sources[i]! }, sources);
      received[node.operands[port]!.name]![source]! += value;
      largest = Math.max(largest, Math.abs(value));
    });
    for (const [cause, leak] of causes) leaks[cause]!.push(leak(output, sources));
  });
  return { received, leaks, y, largest };
};
