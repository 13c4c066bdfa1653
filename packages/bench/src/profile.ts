import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { infer } from '@kirchhoff/graph';
import { encodeOnnx } from '@kirchhoff/onnx';
import { openBare } from '@kirchhoff/runtime';
import { compileOptions, inputsOf } from './measure.js';
import type { RowSpec } from './rows.js';
import { demand, explainSubject, openRulebook, openSubject } from './subject.js';

/** One node of the optimised explanation graph, or all nodes of one operator: milliseconds per run. */
export interface Cost {
  readonly name: string;
  readonly op: string;
  readonly ms: number;
  readonly share: number;
}

/** A line of onnxruntime's profile: one kernel run (durations in microseconds). */
export interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

const kernel = '_kernel_time';

/** Costs by node and by operator, most expensive first; the first run of each node (warming up) is left out. */
export const costsOf = (
  events: readonly ProfileEvent[],
  runs: number,
): { readonly nodes: readonly Cost[]; readonly operators: readonly Cost[]; readonly ms: number } => {
  const nodes = new Map<string, { op: string; ms: number }>();
  const operators = new Map<string, number>();
  const met = new Set<string>();
  let total = 0;
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith(kernel)) continue;
    const node = name.slice(0, -kernel.length);
    if (!met.has(node)) {
      met.add(node);
      continue;
    }
    const ms = dur / 1000 / (runs - 1);
    const op = args?.op_name ?? '';
    nodes.set(node, { op, ms: (nodes.get(node)?.ms ?? 0) + ms });
    operators.set(op, (operators.get(op) ?? 0) + ms);
    total += ms;
  }
  const sorted = (costs: readonly Omit<Cost, 'share'>[]): readonly Cost[] =>
    costs.map((cost) => ({ ...cost, share: cost.ms / total })).sort((a, b) => b.ms - a.ms);
  return {
    nodes: sorted([...nodes].map(([name, { op, ms }]) => ({ name, op, ms }))),
    operators: sorted([...operators].map(([op, ms]) => ({ name: op, op, ms }))),
    ms: total,
  };
};

/** Runs a row's explanation under onnxruntime's profiler, with the options of the bench. Its file is written to the temporary folder and removed. */
export const profile = async (row: RowSpec, folder: string): Promise<ReturnType<typeof costsOf>> => {
  const runs = 6;
  const model = demand(openSubject(row.model, folder));
  const { graph } = demand(explainSubject(model, demand(openRulebook()), row.composite));
  const { threads, prepack } = compileOptions(row);
  const { types } = demand(infer(graph, model.typed.store));
  const prefix = `profile-${process.pid}`;
  const session = await openBare(encodeOnnx(graph, model.typed.store, { external: true, types }), {
    threads,
    prepack,
    folder,
    profile: join(tmpdir(), prefix),
  });
  for (let i = 0; i < runs; i++) await session.run(inputsOf(row));
  await session.close();
  const file = readdirSync(tmpdir()).find((one) => one.startsWith(prefix));
  if (file === undefined) throw new Error(`onnxruntime wrote no profile to ${tmpdir()}`);
  const events = JSON.parse(readFileSync(join(tmpdir(), file), 'utf8')) as readonly ProfileEvent[];
  rmSync(join(tmpdir(), file));
  return costsOf(events, runs);
};
