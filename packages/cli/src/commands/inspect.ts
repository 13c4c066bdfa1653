import { printExpr } from '@kirchhoff/formula';
import { printGraph, type Fact, type Node, type TypedGraph } from '@kirchhoff/graph';
import { batchLines, prepare, type Model } from '@kirchhoff/explain';
import { modelPath } from '@kirchhoff/explain/node';
import { printProblems, ruleSays, short, type Problem, type Result } from '@kirchhoff/message';
import type { Composite, Plan, PlanOptions, Rulebook } from '@kirchhoff/rule';
import type { Explanation } from '@kirchhoff/relevance';
import * as E from 'fp-ts/lib/Either.js';
import type { Command } from 'commander';
import { atOptions, modelIs, readAsked, type PlanFlags } from '../asked.js';
import { table } from '../columns.js';
import { planOptions, type Run } from '../options.js';

const rewrites = (model: Model): string =>
  model.rewrites.length === 0
    ? 'rewrites: none needed'
    : [
        'rewrites',
        ...model.rewrites.flatMap(({ rewrite, changes }) => changes.map((change) => `  ${rewrite}: ${change}`)),
      ].join('\n');

const factText = (fact: Fact | undefined): string => {
  if (fact === undefined) return '';
  const { low, high } = fact;
  if (low === -Infinity && high === Infinity) return 'any';
  if (high === Infinity) return `≥ ${short(low)}`;
  return low === -Infinity ? `≤ ${short(high)}` : `in [${short(low)}, ${short(high)}]`;
};

/** The nodes of a graph, those of a body after the node that it belongs to. */
const nodesOf = ({ graph, bodies }: TypedGraph): readonly Node[] =>
  graph.nodes.flatMap((node) => {
    const body = bodies.get(node.name);
    return body === undefined ? [node] : [node, ...nodesOf(body)];
  });

const planTable = (model: Model, plan: Plan, explanation: Explanation | undefined): string => {
  const passes = new Map(explanation?.passes.map(({ node, forward, adjoint }) => [node, `${forward}+${adjoint}`]));
  const rows = nodesOf(model.typed)
    .filter(({ name }) => plan.positions.get(name)?.live)
    .map(({ name, op }) => {
      const { kind } = plan.positions.get(name)!;
      const assignment = plan.assignments.get(name);
      const rule =
        assignment?.rule.name ??
        (plan.preamble.has(name)
          ? '(prepares an input)'
          : kind === 'structural'
            ? '(follows its value)'
            : '(leaks: discrete)');
      const formula = assignment
        ? Object.entries(assignment.instance.messages)
            .map(([port, message]) => (port === 'message' ? '' : `${port}: `) + printExpr(message))
            .join('; ')
        : '';
      return [
        name,
        op,
        kind,
        factText(plan.facts.get(name)),
        rule,
        passes.get(name) ?? '',
        assignment?.place ?? '',
        formula,
      ];
    });
  return table(['node', 'op', 'kind', 'value', 'rule', 'passes', 'by', 'message'], rows);
};

const undecidedLine = (model: Model, { undecided, assignments }: Plan): readonly string[] => {
  if (undecided.length === 0) return [];
  const ops = new Map(nodesOf(model.typed).map(({ name, op }) => [name, op]));
  const rows = undecided.map((node) => ({
    node,
    op: ops.get(node) ?? '',
    rule: assignments.get(node)?.rule.name ?? '',
  }));
  return ['', ruleSays.undecidedGates(rows)];
};

/** `inspect MODEL`: the graph, what the rewrites did, and for every node its facts, rule, formula and passes. */
const inspectCommand = (
  model: Model,
  composite: Composite,
  book: Rulebook,
  options: PlanOptions & { readonly rewrites: boolean },
): Result<string> => {
  const graph = printGraph(model.typed.graph, model.typed);
  const head = [graph, '', ...batchLines(model.batch), ...(options.rewrites ? ['', rewrites(model)] : [])];
  const prepared = prepare(model, composite, book, { ...options, ledger: false });
  if (E.isLeft(prepared)) {
    if (prepared.left.some(({ at }) => at === 'rule' || at === 'set')) return prepared;
    return E.right([...head, '', `composite ${composite.name} does not fit:`, printProblems(prepared.left)].join('\n'));
  }
  const { plan, explanation } = prepared.right;
  const total = explanation.passes.reduce((n, { forward, adjoint }) => n + forward + adjoint, 0);
  return E.right(
    [
      ...head,
      '',
      `composite ${plan.composite}${options.rule ? ` after rule ${options.rule.name}` : ''}: hands on ${plan.quantity}, ${total} passes (forward+adjoint)`,
      planTable(model, plan, explanation),
      ...undecidedLine(model, plan),
      ...(options.rewrites ? [] : ['', `${model.rewrites.length} rewrites (--rewrites lists them)`]),
    ].join('\n'),
  );
};

/** Adds `inspect`. */
export const addInspect = (program: Command, run: Run): void => {
  planOptions(program.command('inspect'))
    .argument('<model>', modelIs, modelPath)
    .description('Show the graph, and the rule, formula, facts and passes of every node.')
    .option('--rewrites', 'list what the rewrites changed')
    .action((model: string, flags: PlanFlags & { readonly rewrites?: boolean }) =>
      run(async () => {
        const asked = await readAsked(model, flags);
        if (E.isLeft(asked)) return E.left(atOptions(asked.left, flags));
        const { composite, book, plan } = asked.right;
        const told = inspectCommand(asked.right.model, composite, book, { ...plan, rewrites: flags.rewrites === true });
        return E.mapLeft((problems: readonly Problem[]) => atOptions(problems, flags))(told);
      }),
    );
};
